#!/usr/bin/env python3
"""Keras' networks by their published definitions (keras.applications) on PyTorch's functions, weights in the layout of
save_weights: what cxr-model import makes of such a file gives the same outputs. cxr-tools first in PATH.
usage: weights_keras.py ARCH DIR"""
import subprocess, sys, h5py, numpy as np, torch
import torch.nn.functional as F

arch, where = sys.argv[1], sys.argv[2]
CLASSES, N = 3, 4
rng = np.random.default_rng(7)
layers = []  # (layer, [(weight name, array)])


def make(layer, **arrays):
    layers.append((layer, [('%s/%s:0' % (layer, k), v.astype('f4')) for k, v in arrays.items()]))
    return [torch.from_numpy(v.astype('f4')) for v in arrays.values()]


def he(*shape, fan):
    return rng.standard_normal(shape) * np.sqrt(2 / fan)


def pad_same(x, k, s, value=0.):
    """TensorFlow: half of what is missing before, the rest behind."""
    def sides(n):
        total = max((-(-n // s) - 1) * s + k - n, 0)
        return total // 2, total - total // 2
    (t, b), (l, r) = sides(x.shape[2]), sides(x.shape[3])
    return F.pad(x, (l, r, t, b), value=value)


def hwio(w):
    return w.permute(3, 2, 0, 1)


def conv(layer, x, out, k, s=1, same=True, bias=False):
    arrays = {'kernel': he(k, k, x.shape[1], out, fan=k * k * x.shape[1])}
    if bias:
        arrays['bias'] = rng.standard_normal(out) * .1
    w = make(layer, **arrays)
    return F.conv2d(pad_same(x, k, s) if same else x, hwio(w[0]), w[1] if bias else None, s)


def depthwise(x, w, s=1, same=True):
    return F.conv2d(pad_same(x, 3, s) if same else x, w.permute(2, 3, 0, 1), None, s, groups=x.shape[1])


def separable(layer, x, out):
    d, p = make(layer, depthwise_kernel=he(3, 3, x.shape[1], 1, fan=9), pointwise_kernel=he(1, 1, x.shape[1], out,
                fan=x.shape[1]))
    return F.conv2d(depthwise(x, d), hwio(p))


def bn(layer, x, eps=1e-3):
    """With about the statistics of what comes, so that the signal survives."""
    c = x.shape[1]
    mean, var = x.mean((0, 2, 3)).numpy(), x.var((0, 2, 3), unbiased=False).numpy()
    g, b, m, v = make(layer, gamma=1 + .2 * rng.standard_normal(c), beta=.2 * rng.standard_normal(c), moving_mean=mean,
                      moving_variance=var * (1 + .2 * rng.random(c)))
    r = lambda t: t.reshape(1, -1, 1, 1)
    return (x - r(m)) / torch.sqrt(r(v) + eps) * r(g) + r(b)


def dense(layer, x, out):
    w, b = make(layer, kernel=he(x.shape[1], out, fan=x.shape[1]), bias=rng.standard_normal(out) * .1)
    return x @ w + b


def vgg(x):
    repeats = (2, 2, 3, 3, 3) if arch == 'vgg16' else (2, 2, 4, 4, 4)
    for b, (n, c) in enumerate(zip(repeats, (64, 128, 256, 512, 512)), 1):
        for i in range(1, n + 1):
            x = F.relu(conv('block%d_conv%d' % (b, i), x, c, 3, bias=True))
        x = F.max_pool2d(x, 2)
    x = x.permute(0, 2, 3, 1).flatten(1)
    x = F.relu(dense('fc1', x, 4096))
    x = F.relu(dense('fc2', x, 4096))
    return dense('predictions', x, CLASSES)


def densenet(x):
    eps = 1.001e-5
    x = conv('conv1/conv', F.pad(x, (3, 3, 3, 3)), 64, 7, 2, same=False)
    x = F.max_pool2d(F.pad(F.relu(bn('conv1/bn', x, eps)), (1, 1, 1, 1)), 3, 2)
    for b, n in enumerate({'densenet121': (6, 12, 24, 16), 'densenet169': (6, 12, 32, 32)}[arch], 2):
        for i in range(1, n + 1):
            name = 'conv%d_block%d_' % (b, i)
            y = conv(name + '1_conv', F.relu(bn(name + '0_bn', x, eps)), 128, 1)
            y = conv(name + '2_conv', F.relu(bn(name + '1_bn', y, eps)), 32, 3)
            x = torch.cat([x, y], 1)
        if b < 5:
            x = F.avg_pool2d(conv('pool%d_conv' % b, F.relu(bn('pool%d_bn' % b, x, eps)), x.shape[1] // 2, 1), 2)
    return dense('predictions', F.relu(bn('bn', x, eps)).mean((2, 3)), CLASSES)


def correct_pad(x):
    """keras.applications.imagenet_utils.correct_pad for a kernel of 3."""
    t, l = 1 - (1 - x.shape[2] % 2), 1 - (1 - x.shape[3] % 2)
    return F.pad(x, (l, 1, t, 1))


def mobilenet(x):
    x = F.relu6(bn('bn_Conv1', conv('Conv1', correct_pad(x), 32, 3, 2, same=False)))
    block = 0
    for t, c, n, s in (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1):
        for i in range(n):
            stride, y, name = (s if i == 0 else 1), x, 'block_%d_' % block if block else 'expanded_conv_'
            if block:
                y = F.relu6(bn(name + 'expand_BN', conv(name + 'expand', y, t * x.shape[1], 1)))
            w, = make(name + 'depthwise', depthwise_kernel=he(3, 3, y.shape[1], 1, fan=9))
            y = depthwise(correct_pad(y), w, 2, same=False) if stride == 2 else depthwise(y, w)
            y = F.relu6(bn(name + 'depthwise_BN', y))
            y = bn(name + 'project_BN', conv(name + 'project', y, c, 1))
            x = x + y if stride == 1 and x.shape[1] == c else y
            block += 1
    x = F.relu6(bn('Conv_1_bn', conv('Conv_1', x, 1280, 1)))
    return dense('predictions', x.mean((2, 3)), CLASSES)


def xception(x):
    x = F.relu(bn('block1_conv1_bn', conv('block1_conv1', x, 32, 3, 2, same=False)))
    x = F.relu(bn('block1_conv2_bn', conv('block1_conv2', x, 64, 3, same=False)))
    for block, c in zip((2, 3, 4, 13), ((128, 128), (256, 256), (728, 728), (728, 1024))):
        if block == 13:
            for b in range(5, 13):
                y = x
                for k in 1, 2, 3:
                    y = bn('block%d_sepconv%d_bn' % (b, k), separable('block%d_sepconv%d' % (b, k), F.relu(y), 728))
                x = x + y
        n = (2, 3, 4, 13).index(block) + 1
        short = bn('batch_normalization_%d' % n, conv('conv2d_%d' % n, x, c[1], 1, 2))
        y = x if block == 2 else F.relu(x)
        y = bn('block%d_sepconv1_bn' % block, separable('block%d_sepconv1' % block, y, c[0]))
        y = bn('block%d_sepconv2_bn' % block, separable('block%d_sepconv2' % block, F.relu(y), c[1]))
        x = F.max_pool2d(pad_same(y, 3, 2, float('-inf')), 3, 2) + short
    x = F.relu(bn('block14_sepconv1_bn', separable('block14_sepconv1', x, 1536)))
    x = F.relu(bn('block14_sepconv2_bn', separable('block14_sepconv2', x, 2048)))
    return dense('predictions', x.mean((2, 3)), CLASSES)


def tf_mode(p):
    return p / 127.5 - 1


def torch_mode(p):
    return (p / 255 - np.array([.485, .456, .406])) / np.array([.229, .224, .225])


def caffe_mode(p):
    return p[..., ::-1] - np.array([103.939, 116.779, 123.68])


net, size, pixels, recipe = {
    # the means of VGG, so that what pads the image is the same; another scale all the same
    'vgg16': (vgg, 224, caffe_mode, ' mean=%.9g,%.9g,%.9g std=0.229,0.224,0.225' % (123.68 / 255, 116.779 / 255, 103.939 / 255)),
    'vgg19': (vgg, 224, caffe_mode, ' mean=%.9g,%.9g,%.9g std=0.2,0.2,0.2' % (123.68 / 255, 116.779 / 255, 103.939 / 255)),
    'densenet121': (densenet, 96, torch_mode, ''),
    'densenet169': (densenet, 96, torch_mode, ''),
    'mobilenet_v2': (mobilenet, 225, tf_mode, ' mean=0.5,0.5,0.5 std=0.229,0.229,0.229'),
    'xception': (xception, 231, tf_mode, ''),  # its first convolution does not pad: any recipe
}[arch]

images = F.interpolate(torch.from_numpy(rng.random((N, 3, 9, 9))), size, mode='bicubic').clamp(0, 1)
images = (images * 255).round().permute(0, 2, 3, 1).numpy().astype('u1')
names = []
for i, p in enumerate(images):
    names.append('%s/%d.ppm' % (where, i))
    open(names[-1], 'wb').write(b'P6 %d %d 255\n' % (size, size) + p.tobytes())
with torch.no_grad():
    x = torch.from_numpy(np.ascontiguousarray(pixels(images.astype('f8'))).astype('f4')).permute(0, 3, 1, 2)
    want = net(x).numpy()
with h5py.File(where + '/weights.h5', 'w') as f:
    f.attrs['layer_names'] = [l.encode() for l, _ in layers]
    for layer, weights in layers:
        g = f.create_group(layer)
        g.attrs['weight_names'] = [n.encode() for n, _ in weights]
        for n, v in weights:
            g.create_dataset(n, data=v)
recipe = 'size=%dx%d%s' % (size, size, recipe)
subprocess.run(['cxr-model', 'import', '-q', '-a', '%s:classes=%d' % (arch, CLASSES), '--classes', 'A,B,C', '--recipe', recipe,
                '-o', where + '/model', where + '/weights.h5'], check=True)
stream = subprocess.run(['cxr-prep', '-q', '--recipe', recipe] + names, check=True, stdout=subprocess.PIPE).stdout
table = subprocess.run(['cxr-infer', '-q', '-t', '-m', where + '/model'], input=stream, check=True,
                       stdout=subprocess.PIPE).stdout.decode().splitlines()
head = table[0].split('\t')
z = np.array([[float(v) for k, v in zip(head, row.split('\t')) if k.startswith('z_')] for row in table[1:]])
apart = np.abs(z - want).max() / want.std(0).max()
print('%s: outputs apart by %.2g of their standard deviation between images (%.3g)' % (arch, apart, want.std(0).max()))
sys.exit(int(apart > 1e-3))
