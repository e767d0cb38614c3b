// ONNX Runtime's side of the benchmark, with the line protocol of bench_net.c.
//   peer_ort.js ONNX NCHW BATCH THREADS
'use strict';
const fs = require('fs');
const readline = require('readline');
const path = require('path');
const ort = require(path.resolve(process.env.BENCH_DIR, 'node_modules/onnxruntime-node'));

const PICTURES = 16;

async function main([model, source, batchText, threadsText]) {
	const batch = Number(batchText), bytes = fs.readFileSync(source);
	const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
	const size = all.length / PICTURES, side = Math.sqrt(size / 3);
	const session = await ort.InferenceSession.create(model, {
		intraOpNumThreads: Number(threadsText), interOpNumThreads: 1, executionMode: 'sequential',
		graphOptimizationLevel: 'all',
	});
	const input = [];
	for (let i = 0; i < PICTURES; i += batch)
		input.push(new ort.Tensor('float32', all.slice(i * size, (i + batch) * size), [batch, 3, side, side]));
	const forward = async (i) => (await session.run({x: input[i % input.length]})).y.data;

	const commands = {
		async run(n) {
			const start = process.hrtime.bigint();
			for (let i = 0; i < n / batch; i++)
				await forward(i);
			return Number(process.hrtime.bigint() - start) / 1e6 / n;
		},
		async save(file) {
			const y = [];
			for (let i = 0; i < input.length; i++)
				y.push(...await forward(i));
			fs.writeFileSync(file, Buffer.from(new Float32Array(y).buffer));
			return 'saved';
		},
		async peak() {
			return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
		},
	};
	console.log('ready');
	for await (const line of readline.createInterface({input: process.stdin})) {
		const [word, rest] = line.split(' ');
		console.log(String(await commands[word](rest)));
	}
}

main(process.argv.slice(2)).catch((e) => {
	console.error('peer_ort: ' + e.message);
	process.exit(1);
});
