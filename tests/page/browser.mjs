// browser.mjs URL FOLDER: the page in headless Chromium, as people use it. FOLDER has good.png, good.jpg, good.dcm, cut.jpg
// and text.txt. Prints TAP.
import puppeteer from "puppeteer-core";
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";

const [url, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let n = 0, failed = 0;
function ok(text, passed, more = "") {
	console.log(`${passed ? "ok" : "not ok"} ${++n} - ${text}`);
	if (!passed) { failed++; if (more) console.log(`# ${String(more).slice(0, 300)}`); }
}

const browser = await puppeteer.launch({executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu"]});
const page = await browser.newPage();
const elsewhere = [], complaints = [];
page.on("request", r => { if (!r.url().startsWith(url) && !r.url().startsWith("data:") && !r.url().startsWith("blob:")) elsewhere.push(r.url()); });
page.on("console", m => { if (m.type() === "error" && !/status of 422/.test(m.text())) complaints.push(m.text()); });
page.on("pageerror", e => complaints.push(e.message));
const text = id => page.$eval("#" + id, e => e.textContent);
const settled = () => page.waitForFunction(() => !document.getElementById("result").hidden ||
	!/^$|\.\.\.$/.test(document.getElementById("status").textContent), {timeout: 60000});
async function choose(name) {
	await page.evaluate(() => { document.getElementById("status").textContent = "..."; document.getElementById("result").hidden = true; });
	await (await page.$("#file")).uploadFile(`${folder}/${name}`);
	await settled();
}

await page.setViewport({width: 1280, height: 900});
await page.goto(url);
ok("research only, above the fold", await page.$eval(".notice", e => e.getBoundingClientRect().bottom < 300));
for (const name of ["good.png", "good.jpg", "good.dcm"]) {
	await choose(name);
	ok(`${name}: an answer`, /^Undecided: .*PNEUMONIA 0\.\d+|the probability of PNEUMONIA is 0\.\d+, (not )?below the threshold/
		.test(await text("answer")), await text("answer") + await text("status"));
}
ok("the map is drawn", await page.$eval("#map", e => e.naturalWidth > 0));
ok("its measures in words", /share of the heat in the outer tenth \(border\)0/.test(await text("figures")), await text("figures"));
await page.screenshot({path: `${folder}/1280.png`, fullPage: true});
await choose("cut.jpg");
ok("a cut JPEG in words", /cut\.jpg: .*(cut|truncated|end)/i.test(await text("status")), await text("status"));
await choose("text.txt");
ok("a text in words", /not an image but text/.test(await text("status")), await text("status"));
ok("and no old answer beside it", await page.$eval("#result", e => e.hidden));

// dropped
const bytes = readFileSync(`${folder}/good.png`).toString("base64");
await page.evaluate(b => {
	const data = new DataTransfer();
	data.items.add(new File([Uint8Array.from(atob(b), c => c.charCodeAt(0))], "dropped.png", {type: "image/png"}));
	document.getElementById("drop").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}, bytes);
await settled();
ok("an image that is dropped", /PNEUMONIA/.test(await text("answer")), await text("status"));

// by keyboard: the first example, then the slider
await page.reload();
for (let i = 0; i < 2; i++) await page.keyboard.press("Tab");
ok("Tab reaches the examples", await page.evaluate(() => document.activeElement.dataset.example === "examples/normal.png"));
await page.keyboard.press("Enter");
await settled();
ok("Enter asks about one", /PNEUMONIA/.test(await text("answer")), await text("status"));
ok("the answer has the focus", await page.evaluate(() => document.activeElement.id === "answer"));
await page.keyboard.press("Tab");
await page.keyboard.press("Home");
ok("the slider hides the map", await page.$eval("#map", e => e.style.opacity === "0"));
await page.keyboard.press("End");

for (const scheme of ["light", "dark"]) {
	await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
	await page.evaluate(axe);
	const found = await page.evaluate(async () => (await axe.run()).violations.map(v => v.id + ": " + v.nodes.map(x => x.html).join(" ")));
	ok(`axe finds nothing, ${scheme}`, found.length === 0, found.join("; "));
}
await page.screenshot({path: `${folder}/dark.png`, fullPage: true});
await page.setViewport({width: 320, height: 640});
await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: "light"}]);
ok("320 pixels wide: nothing sticks out", await page.evaluate(() => document.documentElement.scrollWidth <= 320));
await page.screenshot({path: `${folder}/320.png`, fullPage: true});
ok("no request to elsewhere", elsewhere.length === 0, elsewhere);
ok("no complaint on the console", complaints.length === 0, complaints);

await page.setJavaScriptEnabled(false);
await page.reload();
ok("without JavaScript: the command", (await page.$eval("noscript", e => e.textContent)).includes("curl"));
await browser.close();
console.log(`1..${n}`);
process.exit(failed ? 1 : 0);
