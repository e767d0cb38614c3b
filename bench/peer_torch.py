"""PyTorch's side of the benchmark, with the line protocol of bench_net.c.

  peer_torch.py eager|jit|train MODEL INPUT BATCH THREADS
  peer_torch.py reference MODEL INPUT OUT      logits in float64
  peer_torch.py onnx MODEL INPUT OUT           OUT.onnx and OUT.nchw, the same weights and images for ONNX Runtime
"""
import json
import sys
import time

import torch
import torchvision

PICTURES = 16


def load(path, dtype=torch.float32):
    """A model file into torchvision's network of its architecture: every tensor must have its place."""
    with open(path, "rb") as f:
        data = bytearray(f.read())
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(bytes(data[8:start]))
    meta = header.pop("__metadata__")
    state = {name: torch.frombuffer(data, dtype=torch.float32, offset=start + t["data_offsets"][0],
                                    count=(t["data_offsets"][1] - t["data_offsets"][0]) // 4).reshape(t["shape"])
             for name, t in header.items()}
    arch, *options = meta["arch"].split(":")
    net = getattr(torchvision.models, arch)(num_classes=1)
    if "last=1" in options:  # ResNet-18's layer4 without its stride
        net.layer4[0].conv1.stride = net.layer4[0].downsample[0].stride = (1, 1)
    net.load_state_dict(state, strict=True)
    return net.to(dtype).to(memory_format=torch.channels_last)


def images(path):
    """[16,3,h,w] channels-last, as the file has them."""
    x = torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.float32)
    side = int((x.numel() / PICTURES / 3) ** .5)
    return x.reshape(PICTURES, side, side, 3).permute(0, 3, 1, 2)


class Infer:
    def __init__(self, net, x, batch, jit):
        self.x, self.batch, self.net = x, batch, net.eval()
        if jit:
            example = x[:batch].contiguous()
            with torch.no_grad():
                self.net = torch.jit.optimize_for_inference(torch.jit.trace(self.net, example))
            self.x = x.contiguous()  # its convolutions have a layout of their own

    def forward(self, first):
        with torch.inference_mode():
            first %= PICTURES
            return self.net(self.x[first:first + self.batch])

    def run(self, n):
        for i in range(0, n, self.batch):
            self.forward(i)

    def save(self, path):
        y = torch.cat([self.forward(i) for i in range(0, PICTURES, self.batch)])
        y.numpy().tofile(path)


class Train:
    def __init__(self, net, x, batch):
        self.net, self.x = net.train(), x[:batch]
        self.label = torch.arange(batch).remainder(2).float().unsqueeze(1)
        self.loss = torch.nn.BCEWithLogitsLoss()
        self.adam = torch.optim.Adam(net.parameters(), lr=1e-4)

    def step(self):
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss(self.net(self.x), self.label)
        loss.backward()
        self.adam.step()
        return loss.item()

    def run(self, n):
        for _ in range(0, n, len(self.x)):
            self.step()

    def check(self):
        first = self.step()
        norm = [p.grad.double().norm().item() for p in (self.net.conv1.weight, self.net.fc.weight)]
        return [first, self.step(), self.step()] + norm


def peak():
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024


def serve(job):
    print("ready", flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "run":
            start = time.perf_counter()
            job.run(int(rest))
            print((time.perf_counter() - start) * 1e3 / int(rest), flush=True)
        elif word == "save":
            job.save(rest)
            print("saved", flush=True)
        elif word == "check":
            print(*job.check(), flush=True)
        elif word == "peak":
            print(peak(), flush=True)
        else:
            sys.exit("peer_torch: " + line)


def main(what, model, source, *rest):
    torch.manual_seed(0)
    if what == "reference":
        with torch.inference_mode():
            y = load(model, torch.float64).eval()(images(source).double())
        y.float().numpy().tofile(rest[0])
    elif what == "onnx":
        x = images(source).contiguous()
        x.numpy().tofile(rest[0] + ".nchw")
        torch.onnx.export(load(model).eval().to(memory_format=torch.contiguous_format), x[:2], rest[0] + ".onnx",
                          opset_version=13, input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})
    else:
        batch, threads = map(int, rest)
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        net, x = load(model), images(source)
        serve(Train(net, x, batch) if what == "train" else Infer(net, x, batch, what == "jit"))


if __name__ == "__main__":
    main(*sys.argv[1:])
