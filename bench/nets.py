"""Rows of the network core: inference and training steps beside PyTorch and ONNX Runtime, from the same weights."""
import array
import os
import subprocess

from side import DIR, NET, OURS, QUICK, Line, output_of, peer

CALLS = 1 if QUICK else 2  # of 16 images in a turn
WITHIN = 2e-4              # of float64, relative to the largest logit
THREADS = (1, 2)


def files(arch):
    """Model, images, ONNX prefix and float64 logits of an architecture, made once."""
    base = os.path.join(DIR, arch)
    model, images, reference = base + ".safetensors", base + ".pictures", base + ".reference"
    os.makedirs(DIR, exist_ok=True)
    if not os.path.exists(reference) or os.path.getmtime(reference) < os.path.getmtime(NET):
        output_of([NET, "make", arch, model, images])
        output_of(peer("peer_torch.py", "onnx", model, images, base))
        output_of(peer("peer_torch.py", "reference", model, images, reference))
    return model, images, base, reference


def floats(path):
    a = array.array("f")
    with open(path, "rb") as f:
        a.frombytes(f.read())
    return a


def distance(path, reference):
    y, r = floats(path), floats(reference)
    return max(abs(a - b) for a, b in zip(y, r, strict=True)) / max(map(abs, r))


def ort_there():
    return os.path.exists(os.path.join(DIR, "node_modules/onnxruntime-node"))


def open_infer(sides, arch, batch, torch):
    model, images, base, reference = files(arch)
    for t in THREADS:
        sides[f"ours-{t}"] = Line([NET, "infer", model, images, str(batch), str(t)], t)
        for form in torch:
            sides[f"{form}-{t}"] = Line(peer("peer_torch.py", form, model, images, batch, t), t)
        if ort_there():
            sides[f"ort-{t}"] = Line(peer("peer_ort.js", base + ".onnx", base + ".nchw", batch, t), t)
    sides.ready()
    return reference


def check_infer(row, sides, out, reference):
    far = {}
    for name, side in sides.items():
        path = os.path.join(DIR, f"{row}-{name}.logits")
        side.ask("save " + path)
        far[name] = distance(path, reference)
    text = ", ".join(f"{n} {d:.1e}" for n, d in far.items())
    out.check(row, f"logits from float64's, relative: {text}", max(far.values()) <= WITHIN)
    same = floats(os.path.join(DIR, f"{row}-ours-1.logits")) == floats(os.path.join(DIR, f"{row}-ours-2.logits"))
    out.check(row, f"logits of 1 and 2 threads have {'the same' if same else 'other'} bits", same)


def add_sgemm(sides):
    for t in THREADS:
        sides[f"sgemm-{t}"] = side = Line([NET, "sgemm", str(t)], t)
        if side.read() != "ready":
            raise RuntimeError("sgemm: not ready")


def peaks_of(sides):
    return {name: side.peak() for name, side in sides.items()}


def infer(arch, what, batch, targets, speedup=None, torch=("eager", "jit")):
    """torch: the forms of PyTorch that take part; ONNX Runtime always does, where it is there."""
    def row(name, sides, out):
        reference = open_infer(sides, arch, batch, torch)
        check_infer(name, sides, out, reference)
        gflop = float(sides["ours-1"].ask("info").split()[1])
        add_sgemm(sides)
        ms, peaks = sides.alternate(16 * CALLS, warm=2 if batch > 1 else 1), peaks_of(sides)
        for t, target in zip(THREADS, targets):
            peers = {p: f"{p}-{t}" for p in ("eager", "jit", "ort") if f"{p}-{t}" in sides}
            out.add(name, what, t, ms, f"ours-{t}", peers, target, peaks, gflop, f"sgemm-{t}", torch)
        if speedup:
            out.speedup(name, what, ms, "ours-1", "ours-2", speedup)
    return row


def check_train(row, sides, out):
    """Three steps from the same weights: losses, and norms of the first gradients of the first and the last layer."""
    v = {name: list(map(float, side.ask("check").split())) for name, side in sides.items()}
    far = [abs(a - b) / abs(b) for a, b in zip(v["ours-1"], v["torch-1"], strict=True)]
    text = "relative to PyTorch: loss of step 1 {:.1e}, 2 {:.1e}, 3 {:.1e}; gradient norm of conv1 {:.1e}, fc {:.1e}"
    out.check(row, text.format(*far), far[0] < 1e-4 and max(far[1:3]) < .02 and max(far[3:]) < .01)
    out.check(row, "1 and 2 threads give the same losses and norms", v["ours-1"] == v["ours-2"])


def train(arch, what, targets, speedup=None):
    def row(name, sides, out):
        model, images, _, _ = files(arch)
        for t in THREADS:
            sides[f"ours-{t}"] = Line([NET, "train", model, images, "16", str(t)], t)
            sides[f"torch-{t}"] = Line(peer("peer_torch.py", "train", model, images, 16, t), t)
        sides.ready()
        check_train(name, sides, out)
        gflop = 3 * float(sides["ours-1"].ask("info").split()[1])  # backward is twice a forward
        add_sgemm(sides)
        ms, peaks = sides.alternate(16, warm=1), peaks_of(sides)
        for t, target in zip(THREADS, targets):
            out.add(name, what, t, ms, f"ours-{t}", {"channels-last": f"torch-{t}"}, target, peaks, gflop, f"sgemm-{t}",
                    ("channels-last",))
        if speedup:
            out.speedup(name, what, ms, "ours-1", "ours-2", speedup)
    return row


def layers(name, sides, out):
    for arch in ("resnet18", "resnet50"):
        model, images, _, _ = files(arch)
        for t in THREADS:
            print(f"\n{arch}, {t} threads: ", end="", flush=True)
            subprocess.run([NET, "layers", model, images, "16", str(t)], env=OURS, check=True)


ROWS = {
    "infer18": infer("resnet18", "ResNet-18 inference, batch 16", 16, (.48, .48), 1.85),
    "infer18b1": infer("resnet18", "ResNet-18 inference, batch 1", 1, (.6, .6)),
    "infer18last": infer("resnet18:last=1", "the same, layer4 at stride 1, batch 16", 16, (.5, .5)),
    "train18": train("resnet18", "ResNet-18 training step, Adam, batch 16", (.42, .42), 1.9),
    "train18last": train("resnet18:last=1", "the same, layer4 at stride 1", (.45, .45)),
    "infer50": infer("resnet50", "ResNet-50 inference, batch 16", 16, (.7, .7)),
    "vgg19": infer("vgg19", "VGG19 inference, batch 16", 16, (.6, .6), torch=()),
    "densenet169": infer("densenet169", "DenseNet-169 inference, batch 16", 16, (.65, .65), torch=()),
    "mobilenet": infer("mobilenet_v2", "MobileNetV2 inference, batch 16", 16, (.7, .7), torch=()),
}
