#!/usr/bin/env python3
"""Fixtures of tests/zoo/test_weights.c: one small state dict in every form that cxr-model import reads, made by PyTorch,
numpy and h5py themselves (the tar of torch 0.1 by hand), and files that must be refused.
usage: weights.py DIR"""
import collections, io, os, pickle, struct, sys, tarfile, zipfile
import h5py, numpy as np, torch

torch.manual_seed(0)
out = sys.argv[1]
os.makedirs(out, exist_ok=True)
os.chdir(out)


def values(k, *shape):
    """Element i of tensor k: exact in every float type."""
    n = int(np.prod(shape))
    return torch.tensor([((i * 7 + k * 13) % 32) / 8 - 2 for i in range(n)], dtype=torch.float32).reshape(shape)


SHAPES = [('conv.weight', (2, 3, 3, 3)), ('bn.weight', (2,)), ('bn.bias', (2,)), ('bn.running_mean', (2,)),
          ('bn.running_var', (2,)), ('fc.weight', (3, 2)), ('fc.bias', (3,))]
state = collections.OrderedDict((name, values(k, *shape)) for k, (name, shape) in enumerate(SHAPES))
counted = state.copy()
counted['bn.num_batches_tracked'] = torch.tensor(3)
legacy = dict(_use_new_zipfile_serialization=False)

torch.save(counted, 'zip')
torch.save(counted, 'legacy', **legacy)
torch.save(collections.OrderedDict((k, v.half()) for k, v in state.items()), 'zip.half')
torch.save(collections.OrderedDict((k, v.bfloat16()) for k, v in state.items()), 'legacy.bfloat16', **legacy)
torch.save(collections.OrderedDict((k, v.double()) for k, v in state.items()), 'zip.double')
torch.save(state, 'zip.protocol4', pickle_protocol=4)

# a checkpoint of a parallel net: parameters, a prefix, and things beside them
wrapped = {'epoch': 3, 'lr': 0.1, 'name': 'x', 'none': None, 'done': True,
           'state_dict': collections.OrderedDict(('module.model.' + k, torch.nn.Parameter(v)) for k, v in state.items()),
           'optimizer': {'state': {}, 'param_groups': [{'lr': .1, 'betas': (.9, .99), 'params': [0, 1]}]}}
torch.save(wrapped, 'zip.wrapped')
torch.save(wrapped, 'legacy.wrapped', **legacy)

# one storage for all; and each tensor a slice of something with holes, or turned over
flat = torch.cat([torch.zeros(3)] + [v.flatten() for v in state.values()])
shared, at = collections.OrderedDict(), 3
for k, v in state.items():
    shared[k] = flat[at:at + v.numel()].view(v.shape)
    at += v.numel()
torch.save(shared, 'zip.shared')
torch.save(shared, 'legacy.shared', **legacy)
strided = collections.OrderedDict(state)
strided['conv.weight'] = state['conv.weight'].to(memory_format=torch.channels_last)
strided['fc.weight'] = state['fc.weight'].t().contiguous().t()
strided['fc.bias'] = torch.stack([state['fc.bias'], torch.zeros(3)], 1)[:, 0]
torch.save(strided, 'zip.strided')

# members in another order, and with their sizes behind them alone
with zipfile.ZipFile('zip') as z, zipfile.ZipFile('zip.order', 'w') as to:
    for name in reversed(z.namelist()):
        to.writestr(zipfile.ZipInfo(name), z.read(name))


class Pipe(io.BytesIO):
    def seekable(self):
        return False

    def seek(self, *a):
        raise io.UnsupportedOperation

    def tell(self):
        raise io.UnsupportedOperation


pipe = Pipe()
with zipfile.ZipFile('zip') as z, zipfile.ZipFile(pipe, 'w') as to:
    for name in z.namelist():
        to.writestr(zipfile.ZipInfo(name), z.read(name))
open('zip.sizes', 'wb').write(pipe.getvalue())

# numpy
np.savez('npz', **{k: v.numpy() for k, v in state.items()})
os.rename('npz.npz', 'npz')
np.savez_compressed('npz.packed', **{k: v.numpy().astype('f2') for k, v in state.items()})
os.rename('npz.packed.npz', 'npz.packed')
os.makedirs('npy', exist_ok=True)
for k, v in state.items():
    np.save('npy/%s.npy' % k, np.asfortranarray(v.numpy()))


# torch 0.1: a tar; a parameter is Parameter(data) or an empty one that is given its state
def global_(name):
    module, _, name = name.rpartition('.')
    return b'c' + module.encode() + b'\n' + name.encode() + b'\n'


def text(s):
    return b'U' + bytes([len(s)]) + s.encode()


def tensor_pickle(keys):
    p = b'\x80\x02' + global_('collections.OrderedDict') + b']'
    for i, (name, key) in enumerate(keys):
        ref = text(str(key)) + b'Q'
        if i % 3 == 1:
            ref = global_('torch.nn.parameter.Parameter') + ref + b'\x85R(\x88\x89Ntb'
        if i % 3 == 2:
            ref = global_('torch.nn.parameter.Parameter') + b')\x81(' + ref + b'\x89N\x88\x89tb'
        p += b']' + text('module.' + name) + b'a' + ref + b'aa'
    return p + b'\x85R.'


def tar_form(path, state):
    storages, tensors, views, keys = b'', b'', [], []
    flat = torch.cat([v.flatten() for v in state.values()])
    root, at = 94000000000001, 0
    kind = global_('torch.FloatStorage')

    def number(n):
        return pickle.dumps(n, 2)[2:-1]
    storages += pickle.dumps(1, 2)
    storages += b'\x80\x02' + number(root) + text('cpu') + kind + b'\x87.'
    storages += struct.pack('<q', flat.numel()) + flat.numpy().tobytes()
    tensors += pickle.dumps(len(state), 2)
    for i, (name, v) in enumerate(state.items()):
        key, storage = 94100000000000 + i, 94200000000000 + i
        views.append((storage, root, at, v.numel()))
        at += v.numel()
        keys.append((name, key))
        tensors += b'\x80\x02' + number(key) + number(storage) + global_('torch.cuda.FloatTensor') + b'\x87.'
        tensors += struct.pack('<ii', v.dim(), 0)
        tensors += struct.pack('<%dq' % (2 * v.dim() + 1), *v.shape, *v.stride(), 0)
    storages += pickle.dumps(views, 2)
    with tarfile.open(path, 'w', format=tarfile.USTAR_FORMAT) as t:
        for name, b in ('sys_info', pickle.dumps({'protocol_version': 1000, 'little_endian': True}, 2)), \
                ('pickle', tensor_pickle(keys)), ('tensors', tensors), ('storages', storages):
            info = tarfile.TarInfo(name)
            info.size = len(b)
            t.addfile(info, io.BytesIO(b))


tar_form('tar', state)


# Keras: groups per layer, as save_weights and model.save write them
def keras(path, layers, root=None, fixed=True):
    with h5py.File(path, 'w', libver='earliest') as f:
        g = f.create_group(root) if root else f
        names = [l for l, _ in layers]
        g.attrs['layer_names'] = np.array([n.encode() for n in names]) if fixed else np.array(names, dtype=object)
        for layer, weights in layers:
            w = g.create_group(layer)
            w.attrs['weight_names'] = [n.encode() for n, _ in weights]
            for n, v in weights:
                w.create_dataset(n, data=v)


def vgg(conv, dense):
    return [('input_1', []),
            ('block1_conv1', [(conv % ('block1_conv1', 'kernel'), values(0, 3, 3, 3, 2).numpy()),
                              (conv % ('block1_conv1', 'bias'), values(1, 2).numpy())]),
            ('fc1', [(dense % ('fc1', 'kernel'), values(2, 8, 3).numpy()), (dense % ('fc1', 'bias'), values(3, 3).numpy())]),
            ('dense_7', [('dense_7/kernel:0', values(4, 3, 2).numpy())])]


keras('h5.vgg', vgg('%s/%s:0', '%s/%s:0'))
keras('h5.model', [('vgg16', [(n, v) for _, w in vgg('%s/%s:0', '%s/%s:0') for n, v in w])], 'model_weights', False)
old = [(l, [(n.replace('/kernel:0', '_W_1:0').replace('/bias:0', '_b_1:0'), v) for n, v in w])
       for l, w in vgg('%s/%s:0', '%s/%s:0')]
keras('h5.old', old)
keras('h5.mobilenet', [
    ('Conv1', [('Conv1/kernel:0', values(0, 3, 3, 3, 2).numpy())]),
    ('bn_Conv1', [('bn_Conv1/%s:0' % n, values(k, 2).numpy() + 3) for k, n in
                  enumerate(['gamma', 'beta', 'moving_mean', 'moving_variance'])]),
    ('expanded_conv_depthwise', [('expanded_conv_depthwise/depthwise_kernel:0', values(5, 3, 3, 2, 1).numpy())])])


# ---- what must be refused
class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, ('touch ' + self.marker,)


torch.save({'conv.weight': values(0, 2), 'x': Evil('executed')}, 'bad.system')
torch.save({'conv.weight': values(0, 2), 'x': Evil('executed')}, 'bad.legacy', **legacy)
torch.save({'x': Evil('executed')}, 'bad.protocol4', pickle_protocol=4)
torch.save(torch.nn.Linear(2, 2), 'bad.module')


def hand(path, body, storage=bytes(16)):
    """A zip with the pickle `body` and one storage of four floats."""
    with zipfile.ZipFile(path, 'w') as z:
        for name, b in ('a/data.pkl', b'\x80\x02' + body), ('a/data/0', storage):
            z.writestr(zipfile.ZipInfo(name), b)


def rebuild(offset, sizes, strides, count=4, kind='torch.FloatStorage', key='0'):
    n = lambda i: pickle.dumps(i, 2)[2:-1]
    t = lambda v: b'(' + b''.join(n(i) for i in v) + b't'
    ref = b'(' + text('storage') + global_(kind) + text(key) + text('cpu') + n(count) + b'tQ'
    return global_('torch._utils._rebuild_tensor_v2') + b'(' + ref + n(offset) + t(sizes) + t(strides) + b'\x89}tR'


def one(path, *a, **k):
    hand(path, b'}' + text('w') + rebuild(*a, **k) + b's.')


one('good.hand', 0, [2, 2], [2, 1])
one('bad.offset', 1, [2, 2], [2, 1])
one('bad.negative-offset', -1, [2], [1])
one('bad.stride', 0, [2, 2], [3, 1])
one('bad.negative-stride', 3, [2, 2], [-2, -1])
one('bad.negative-size', 0, [-2, -2], [2, 1])
one('bad.huge', 0, [2 ** 62, 2 ** 62], [1, 1])
one('bad.huge-stride', 0, [2, 2], [2 ** 62, 2 ** 62])
one('bad.expanded', 0, [1000000, 1000000], [0, 0])
one('bad.count', 0, [2, 2], [2, 1], count=5)
one('bad.missing', 0, [2, 2], [2, 1], key='1')
one('bad.type', 0, [2, 2], [2, 1], kind='torch.QInt8Storage')
one('bad.name', 0, [2, 2], [2, 1], kind='torch.os.Storage')
one('bad.dimensions', 0, [1] * 9, [1] * 9)
hand('bad.twice', b'}' + (text('w') + rebuild(0, [2], [1]) + b's') * 2 + b'.')
hand('bad.twice-stripped', b'}' + text('w') + rebuild(0, [2], [1]) + b's' + text('module.w') + rebuild(0, [2], [1]) + b's.')
hand('bad.cycle', b'}q\x00' + text('state_dict') + b'h\x00s.')
hand('bad.cycle-list', b']q\x00h\x00a.')
hand('bad.memo', b'h\x07.')
hand('bad.memo-huge', b'}r\xff\xff\xff\x7f.')
hand('bad.empty-stack', b'R.')
hand('bad.mark', b't.')
hand('bad.opcode', b'\x80\x02I1\n.')
hand('bad.inst', b'(' + text('touch executed') + b'iposix\nsystem\n.')
hand('bad.number', b'K\x01.')
hand('bad.many', b'}' + b''.join(text('w%d' % i) + rebuild(0, [4], [1]) + b's' for i in range(3)) + b'.' + b' ' * 0,
     bytes(16))
os.rename('bad.many', 'good.many')
hand('bad.bomb', b'}' + b''.join(text('w%03d' % i) + rebuild(0, [500], [1], count=500) + b's' for i in range(200)) + b'.',
     bytes(2000))

# a zip by hand: overlapping members, a member twice, a directory that lies
def raw_zip(path, members, lie=None):
    b, entries = b'', []
    for name, data, at in members:
        import zlib
        common = struct.pack('<HHHIIIIHH', 20, 0, 0, 0, zlib.crc32(data), len(data), len(data), len(name), 0)
        if at is None:
            at = len(b)
            b += b'PK\3\4' + common + name + data
        entries.append((name, common, at))
    directory = b''.join(b'PK\1\2' + struct.pack('<H', 20) + c + struct.pack('<HHHII', 0, 0, 0, 0, at) + n
                         for n, c, at in entries)
    start = len(b)
    b += directory
    b += b'PK\5\6' + struct.pack('<HHHHIIH', 0, 0, len(entries), len(entries), len(directory), lie or start, 0)
    open(path, 'wb').write(b)


arr = io.BytesIO()
np.save(arr, np.ones(4, 'f4'))
arr = arr.getvalue()
raw_zip('good.raw', [(b'w.npy', arr, None)])
raw_zip('bad.overlap', [(b'w.npy', arr, None), (b'w.npy', arr, 0)])
raw_zip('bad.overlap-two', [(b'w.npy', arr, None), (b'v.npy', arr, 0)])
raw_zip('bad.directory', [(b'w.npy', arr, None)], lie=2 ** 31)
raw_zip('bad.nothing', [(b'readme', b'x', None)])
obj = io.BytesIO()
np.save(obj, np.array([Evil('executed')], dtype=object))
raw_zip('bad.objects', [(b'w.npy', obj.getvalue(), None)])
b = open('npz', 'rb').read()
open('bad.crc', 'wb').write(b[:100] + bytes([b[100] ^ 1]) + b[101:])
with zipfile.ZipFile('bad.inflate', 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('w.npy', bytes(4 << 20))
open('bad.pickle', 'wb').write(pickle.dumps({'a': 1}, 2))
open('bad.npy', 'wb').write(arr)
open('bad.text', 'wb').write(b'{"not": "weights"}')
open('bad.empty', 'wb').write(b'')
