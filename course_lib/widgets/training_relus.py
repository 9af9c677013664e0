"""The share of dead ReLUs after each layer, counted by forward hooks while a run goes on."""

import sys


class DeadReLUs:
    """Counts units whose output is 0 for every image of a batch: no gradient comes back through them.

    A unit is one number of a vector, and one whole map of N×C×H×W, since a map's places share their weights. A ReLU
    belongs to the layer with weights that ran last before it. Modules torch.nn.ReLU and ReLU6 are seen; a ReLU that a
    forward method calls as a function is not, and nothing is recorded of it.
    """

    def __init__(self, recorder, hook):
        self.has_any, self._units, self._last = False, None, None
        self._recorder = recorder
        layers = {name: number for number, (name, _) in enumerate(recorder.layers)}
        self._places = {}  # of the model's own modules: a copy, such as a moving average, has the same hooks
        kinds = sys.modules["torch"].nn.ReLU, sys.modules["torch"].nn.ReLU6  # the model has brought torch
        for name, module in recorder.model.named_modules():
            if isinstance(module, kinds):
                self.has_any = True
                self._places[module] = None
                module.register_forward_hook(hook(self._count))
            elif getattr(getattr(module, "weight", None), "ndim", 0) >= 2:
                self._places[module] = layers.get(name or type(module).__name__)
                module.register_forward_hook(hook(self._follow))

    def start(self, is_kept):
        """A batch begins; it is counted if `is_kept`, as counting reads every output once more."""
        self._units, self._last = [[] for _ in self._recorder.layers] if is_kept else None, None

    def shares(self):
        """The share of dead units after each layer in the last batch, None where no ReLU was seen."""
        found = []
        for parts in self._units or [[] for _ in self._recorder.layers]:
            units = sum(len(dead) for dead in parts)
            found.append(round(sum(int(dead.sum()) for dead in parts) / units, 4) if units else None)
        return found

    def _is_watched(self, module):
        return self._units is not None and self._recorder.phase == "train" and module in self._places

    def _follow(self, module, output):
        if self._is_watched(module):
            self._last = self._places[module]

    def _count(self, module, output):
        if self._is_watched(module) and self._last is not None and output.dim() >= 2:
            others = [axis for axis in range(output.dim()) if axis != 1]
            self._units[self._last].append(output.detach().amax(others) == 0)
