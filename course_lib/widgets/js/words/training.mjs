// Every word of the training widget. A sentence with numbers is a function of them.
import shared, { count } from "./shared.mjs";

export default {
  ...shared,
  training: "Training run",
  player: "Steps kept",
  none: "No step has been made yet.",
  noneLive: "No step has been made yet: start the run.",
  before: (steps) => `Before the first of ${count(steps, "step")}.`,
  now: (step, steps, loss, accuracy, lr) => `After step ${step} of ${steps}: batch loss ${loss}, batch accuracy `
    + `${accuracy}, learning rate ${lr}.`,
  epoch: (number, train, test) => `Epoch ${number} ended with training loss ${train.loss} and accuracy `
    + `${train.accuracy}${test ? `, test loss ${test.loss} and accuracy ${test.accuracy}` : ""}.`,
  notANumber: "not a number: the run has diverged",

  live: "Running",
  pauseRun: "Pause the run",
  goOn: "Let the run go on",
  isPaused: "The run is paused after this step.",
  factor: "Learning rate ×",
  follow: "Follow the run",

  curves: { loss: "Loss", accuracy: "Accuracy" },
  lines: { batch: "batches", train: "training, whole epoch", test: "test" },
  step: "step",
  chart: (name, step, values) => `${name} over the steps; at step ${step}: ${values}.`,
  value: (name, value) => `${name} ${value}`,

  layers: "Each layer",
  columns: { layer: "layer", gradient: "gradient norm", weight: "weight norm", dead: "dead ReLUs" },
  spark: (name, layer) => `${name} of ${layer} over the steps`,
  normsHelp: "Norms: length of the weight and of its gradient as vectors, on a logarithmic scale from lowest to "
    + "highest.",
  deadHelp: "Dead ReLUs: share of the units after the layer (a whole map is one) whose output was 0 for every image of "
    + "the batch, from 0 to 100 %.",
  noDead: "Dead ReLUs are not recorded: only modules torch.nn.ReLU are seen, not ReLUs called as functions.",
  noneYet: "none yet",
  noNumber: "–",

  filters: (layer, step) => `Filters of layer ${layer} at step ${step}`,
  filtersHelp: (scale) => `Blue is positive, orange negative, ±${scale}.`,
  filtersColour: (scale) => `Grey is 0; a channel's colour is stronger where its weight is larger, ±${scale}.`,
  filter: (index) => `filter ${index}`,

  wrong: (wrong, all) => `Wrong examples: ${wrong} of ${count(all, "image")} watched`,
  allRight: (all) => `All of the ${all} images watched are right.`,
  example: (label, said, share) => `label ${label}, said ${said}, ${share}`,
  more: (count) => `+ ${count} more`,

  numbers: "All numbers",
  epochsTable: "Epochs",
  epochColumns: ["epoch", "step", "training loss", "training accuracy", "test loss", "test accuracy"],
  framesTable: "Steps kept",
  frameColumns: ["step", "batch loss", "batch accuracy", "learning rate", "gradient norm, all layers"],
};
