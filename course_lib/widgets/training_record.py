"""Records a training run from outside the loop: wrapped batches, a hook on the model, torch's hooks on optimizer steps.

recorder = Recorder(model, batches, test=test, watch=(images, labels))
history = train.fit(model, recorder.batches, test=recorder.test, epochs=5, lr=0.1)
training(recorder.record())
"""

import sys
import threading
import time

from course_lib.widgets import training_relus
from course_lib.widgets import training_values as values
from course_lib.widgets.training import training

MOST_FRAMES = 40
SECONDS_BETWEEN_UPDATES = 1.0


class Recorder:
    """Keeps loss and accuracy of every step, and norms, dead ReLUs, filters and wrong examples of some forty steps.

    batches and test yield (images, labels); `recorder.batches` and `recorder.test` go into the loop in their place.
    watch: up to 64 images, as the model takes them, with their labels: those that it gets wrong are kept. classes:
    names. The share of dead ReLUs is that of modules torch.nn.ReLU: one called as a function is not seen, and nothing
    is recorded of it. The training is not changed: with and without a recorder the weights end with the same bits. One
    process, and a model that is not compiled.
    """

    def __init__(self, model, batches, *, test=None, watch=None, classes=None):
        self.model = model
        self.batches = _Watched(batches, self, "train")
        self.test = None if test is None else _Watched(test, self, "test")
        self.layers = values.layers(model)
        self.watch = values.watched(watch)
        self.classes = None if classes is None else [str(name) for name in classes]
        self.filters = values.first_filters(model, self.watch)
        self.frames, self.every, self.bins, self.per_bin = [], 1, [], 1
        self.epochs, self.step = [], 0
        self.phase = self.labels = self.widget = self.error = self.history = self._thread = None
        # when the widget was told of the frames, and how often these were thinned since
        self._told, self._halvings = 0.0, 0
        self.relus = training_relus.DeadReLUs(self, _Hook)
        model.register_forward_hook(_Hook(self._see))

    def record(self):
        """The run so far as a dict for JSON, at most 200 KB: what `training` shows."""
        return values.record(self)

    # ---- live ------------------------------------------------------------------------------------

    def show(self):
        """The live widget of this run, kept up to date; its page can pause the run and change its learning rate."""
        self.widget = training(self.record(), live=True)
        return self.widget

    def start(self, fit, **arguments):
        """Runs `fit(model, recorder.batches, test=recorder.test, **arguments)` beside the notebook.

        A kernel hears the page only between cells: a loop in a cell could be shown, but not be paused.
        """
        if self._thread is not None and self._thread.is_alive():
            raise RuntimeError("this run is still going on: wait() for it, or make another Recorder")

        def run():
            try:
                self.history = fit(
                    self.model, self.batches, test=self.test, **{"verbose": False, **arguments}
                )
            except BaseException as error:
                self.error = error
            finally:
                self._tell()

        self.error = None
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def wait(self):
        """What `fit` returned, once it has; raises what it raised."""
        self._thread.join()
        if self.error is not None:
            raise self.error
        return self.history

    def _tell(self):
        self._told = time.monotonic()
        if self.widget is not None:
            if self.widget.frame is not None:
                self.widget.frame //= 2**self._halvings  # where the frame that is looked at has gone
            self.widget.record = self.record()
        self._halvings = 0

    # ---- what the hooks see ----------------------------------------------------------------------

    def _see(self, module, output):
        """The scores of a batch: in training the model's, in the test also those of its moving average."""
        if self.phase is None or (self.phase == "train" and module is not self.model):
            return
        torch = sys.modules["torch"]  # not imported by this package; the model has brought it
        scores = (output[0] if isinstance(output, tuple) else output).detach()
        labels = self.labels.to(scores.device)
        if len(scores) != len(labels):
            raise ValueError(
                f"{len(scores)} scores for {len(labels)} labels: a Recorder watches one process alone."
            )
        reduction = (
            "mean" if self.phase == "train" else "sum"
        )  # as in `fit`, so that the sums are the same bits
        loss = torch.nn.functional.cross_entropy(scores, labels, reduction=reduction)
        loss = loss * len(labels) if self.phase == "train" else loss
        self.last = loss, (scores.argmax(1) == labels).sum(), len(labels)
        self.sums = [total + one for total, one in zip(self.sums, self.last, strict=True)]

    def _before_step(self, optimizer):
        """The learning rate that the page asks for, for this step alone: the loop's schedule sets its own again."""
        self._rates = [group["lr"] for group in optimizer.param_groups]
        factor = 1.0 if self.widget is None else self.widget.lr_factor
        for group in optimizer.param_groups:
            group["lr"] *= factor

    def _after_step(self, optimizer):
        self.lr = optimizer.param_groups[0]["lr"]
        for group, rate in zip(optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate
        self.step += 1
        self.bins, self.per_bin = values.add_to_bins(self.bins, self.per_bin, self.step, *self.last)
        if self.step % self.every == 0:
            self._keep_frame()

    def _keep_frame(self, lr=None):
        if self.frames and self.frames[-1]["step"] == self.step:
            return
        self.frames.append({"step": self.step, "lr": self.lr if self.step else None, **self._measure()})
        if len(self.frames) > MOST_FRAMES:
            self.frames = self.frames[::2]
            self.every *= 2
            self._halvings += 1

    def _measure(self):
        phase, self.phase = self.phase, None
        try:
            return values.frame(self)
        finally:
            self.phase = phase

    def _wait_while_paused(self):
        if self.widget is None:
            return
        if time.monotonic() - self._told > SECONDS_BETWEEN_UPDATES or self.widget.paused:
            self._tell()
        while self.widget.paused:
            time.sleep(0.05)


class _Hook:
    """A recorder's hook on a module. `fit` copies the model for its moving average: the copy has the same hooks."""

    def __init__(self, see=None):
        self.see = see

    def __call__(self, module, inputs, output):
        if self.see is not None:
            self.see(module, output)

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return _Hook, ()  # a model that is saved whole leaves the recorder behind


class _Watched:
    """Batches that tell a recorder where the loop is; everything else is what the batches themselves have."""

    def __init__(self, source, recorder, phase):
        self.__dict__.update(_source=source, _recorder=recorder, _phase=phase)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)  # copy and pickle ask for these before `_source` is there
        return getattr(self._source, name)

    def __setattr__(self, name, value):
        setattr(self._source, name, value)  # a checkpoint sets `passes`

    def __len__(self):
        return len(self._source)

    def _is_kept(self, number):
        """Whether the step of this batch becomes a frame; without a length, every one may be the last."""
        has_more = hasattr(self._source, "__len__") and number + 1 < len(self._source)
        return not has_more or (self._recorder.step + 1) % self._recorder.every == 0

    def __iter__(self):
        recorder = self._recorder
        recorder.sums = [0.0, 0.0, 0]
        hooks = _hook_steps(recorder) if self._phase == "train" else []
        try:
            if self._phase == "train" and recorder.step == 0:
                recorder._keep_frame()
            for number, (images, labels) in enumerate(self._source):
                if self._phase == "train":
                    recorder._wait_while_paused()
                    recorder.relus.start(self._is_kept(number))
                recorder.phase, recorder.labels = self._phase, labels
                yield images, labels
                recorder.phase = None
        finally:
            recorder.phase = None
            for hook in hooks:
                hook.remove()
        values.end_epoch(recorder, self._phase, recorder.sums)


def _hook_steps(recorder):
    """torch's hooks around every step of an optimizer, for the one that trains the recorder's model."""
    optim = sys.modules["torch.optim.optimizer"]
    own = {id(parameter) for parameter in recorder.model.parameters()}

    def is_ours(optimizer):
        return id(optimizer.param_groups[0]["params"][0]) in own

    return [
        optim.register_optimizer_step_pre_hook(
            lambda optimizer, args, kwargs: recorder._before_step(optimizer) if is_ours(optimizer) else None),
        optim.register_optimizer_step_post_hook(
            lambda optimizer, args, kwargs: recorder._after_step(optimizer) if is_ours(optimizer) else None),
    ]  # fmt: skip
