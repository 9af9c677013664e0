// The layers of the shuffle widget as PyTorch code that checks itself.
import { list } from "./python.mjs";
import { REDUCTION, operations, order, reach, total } from "./shuffle.mjs";

const GATE = (channels, hidden) => `

class SqueezeExcitation(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(${channels}, ${hidden}, 1, bias=False), nn.ReLU(),
            nn.Conv2d(${hidden}, ${channels}, 1, bias=False), nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.gate(x)
`;
const SHUFFLE = `

def channel_shuffle(x, groups):
    n, c, h, w = x.shape
    return x.view(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)
`;

/** Code for `net`: definitions, the layers, and asserts on order, parameters and reach. */
export function code(net) {
  const { channels, groups, between, kernel_size: kernel } = net;
  const all = operations(net);
  const layer = {
    conv: `nn.Conv2d(${channels}, ${channels}, ${kernel}, padding="same", groups=${groups}, bias=False)`,
    shuffle: `nn.ChannelShuffle(${groups})`,
    pointwise: `nn.Conv2d(${channels}, ${channels}, 1, bias=False)`,
    squeeze_excitation: "SqueezeExcitation()",
  };
  const hidden = Math.max(1, Math.floor(channels / REDUCTION));
  const reached = reach(net, 0, all.length).map((row) => row.filter(Boolean).length);
  const isGated = all.includes("squeeze_excitation"); // its ReLU may shut for some weights, and with it a path
  return `import torch
from torch import nn
${between === "squeeze_excitation" ? GATE(channels, hidden) : ""}${SHUFFLE}

net = nn.Sequential(
${all.map((name) => `    ${layer[name]},`).join("\n")}
)
assert sum(p.numel() for p in net.parameters()) == ${total(net).parameters}

# the permutation, and its inverse
x = torch.arange(${channels}.0).view(1, ${channels}, 1, 1)
y = channel_shuffle(x, ${groups})
assert y.flatten().tolist() == ${list(order(channels, groups))}
assert torch.equal(y, nn.ChannelShuffle(${groups})(x))
assert torch.equal(channel_shuffle(y, ${channels / groups}), x)
${isGated ? "" : `
# which inputs reach which output
x = torch.ones(1, ${channels}, 1, 1)
for p in net.parameters():
    nn.init.constant_(p, 1.0)
slopes = torch.autograd.functional.jacobian(net, x).view(${channels}, ${channels})
assert (slopes != 0).sum(1).tolist() == ${list(reached)}
`}`;
}
