// SVG paths of the planes and of the pyramid.
import { svg } from "../ui/dom.mjs";

export const path = (name, d = "") => svg("path", { class: `rf-${name}`, d });
export const rectangle = (left, top, right, bottom) => `M${left} ${top}H${right}V${bottom}H${left}Z`;
