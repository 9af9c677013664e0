// What most readers never open: questions, the matrix, the code. On a page these are a script of their own, which is
// loaded when one of them is first asked for.
import { pytorch } from "../core/convolution/code.mjs";
import { createAsk } from "./ask.mjs";
import { createForms } from "./matrix.mjs";

export const more = { createAsk, createForms, pytorch };

/** Promises `more`; fails where its script does not load. */
export const load = async () => more;
