"""One network trained by several processes, each with a GPU or some cores of its own, as `torchrun` starts them.

Every process goes through the same batches and takes every n-th image of each. So `batch_size` is that of all
processes together, all of them make equally many steps, and one process would make the same steps.

`torchrun --max-restarts` needs TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 in the environment: since torch 2.5 the new
processes otherwise find the addresses of those that died (pytorch issue 135712).
"""

import atexit
import os

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import RandomSampler


def rank():
    """The number of this process, from 0."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def count():
    """How many processes train together; 1 without `torchrun`."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def check(batches):
    """Raise `ValueError` for batches that `torchrun`'s processes would each shuffle in their own way."""
    sampler = getattr(batches, "sampler", None)
    if _starts() and isinstance(sampler, RandomSampler) and sampler.generator is None:
        raise ValueError(
            "each process would shuffle these batches in its own way: give the DataLoader a "
            "generator=torch.Generator().manual_seed(0), the same in all processes"
        )


def _starts():
    """Whether `torchrun` has started this process as one of several."""
    return "RANK" in os.environ and int(os.environ.get("WORLD_SIZE", 1)) > 1


def join(device):
    """Meet the other processes if `RANK` and `WORLD_SIZE` say that there are any, and return this one's device.

    Raises `ValueError` when a machine has fewer GPUs than processes.
    """
    device = torch.device(device)
    if (_starts() or count() > 1) and device.type == "cuda":
        number, gpus = int(os.environ.get("LOCAL_RANK", 0)), torch.cuda.device_count()
        if number >= gpus:
            raise ValueError(
                f"process {number} of this machine has no GPU: start at most {gpus} here, or fit with device='cpu'"
            )
        device = torch.device("cuda", number if device.index is None else device.index)
        torch.cuda.set_device(device)
    if _starts() and not dist.is_initialized():
        dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        atexit.register(_leave)
    if rank() > 0:
        # Processes that were seeded alike would drop the same neurons of different images.
        torch.manual_seed(torch.randint(2**31, ()).item() + rank())
    return device


def _leave():
    if dist.is_initialized():
        dist.destroy_process_group()


def spread(model, device):
    """`model` so that each backward pass ends with the mean gradients of all processes; they start with equal weights.

    The buffers are left to `average_buffers`.
    """
    if count() == 1:
        return model
    gpu = [device] if device.type == "cuda" else None
    return DistributedDataParallel(model, device_ids=gpu, broadcast_buffers=False)


def share(images, labels):
    """This process's images and labels of a batch, and their weight.

    The mean over the processes of weight × mean loss is the mean loss of the batch. Raises `ValueError` for a batch of
    fewer images than processes.
    """
    if count() == 1:
        return images, labels, 1
    if len(labels) < count():
        raise ValueError(
            f"a batch of {len(labels)} cannot be divided among {count()} processes: take another batch size"
        )
    mine = slice(rank(), None, count())
    return images[mine], labels[mine], len(labels[mine]) * count() / len(labels)


def shares(batches):
    """This process's images and labels of each batch that holds any for it."""
    for images, labels in batches:
        mine = slice(rank(), None, count())
        if len(labels[mine]):
            yield images[mine], labels[mine]


def total(values, device):
    """Numbers, each added up over all processes."""
    if count() == 1:
        return values
    sums = torch.tensor(values, dtype=torch.float64, device=device)
    dist.all_reduce(sums)
    return sums.tolist()


def average_buffers(*modules):
    """Give the buffers of these modules, of which any may be `None`, their mean over all processes.

    BatchNorm's running statistics are linear in those of the batches, so once an epoch gives what every step would.
    """
    if count() == 1:
        return
    for module in filter(None, modules):
        for buffer in module.buffers():
            if buffer.is_floating_point():
                dist.all_reduce(buffer)
                buffer /= count()


def gather(value):
    """The values of all processes, in every process, in the order of their numbers."""
    values = [value]
    if count() > 1:
        values = [None] * count()
        dist.all_gather_object(values, value)
    return values


def from_first(function):
    """What `function` returns in process 0, in every process; an error of it is raised in every process."""
    if count() == 1:
        return function()
    answer = [None, None]
    if rank() == 0:
        try:
            answer[0] = function()
        except Exception as error:
            answer[1] = error
    dist.broadcast_object_list(answer, src=0)
    if answer[1] is not None:
        raise answer[1]
    return answer[0]
