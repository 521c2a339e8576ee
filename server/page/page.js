// The web page: asks, streams the answer, shows where each statement stands.
// Everything that came from documents or models is set as text, never as HTML.
"use strict";

const $ = (id) => document.getElementById(id);
let thread = "";
let running = null; // the AbortController of the question that is being answered

function add(parent, tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text) e.textContent = text;
  parent.append(e);
  return e;
}

function post(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  const key = sessionStorage.getItem("key");
  if (key) headers.Authorization = "Bearer " + key;
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

// failure says what is wrong with a response, and asks for a key if that is it.
async function failure(response) {
  if (response.status === 401) {
    $("key").hidden = false;
    $("apikey").focus();
  }
  const body = await response.json().catch(() => null);
  return body?.error ? body.error.message : "The server answered " + response.status + ".";
}

// events reads server-sent events from a response.
async function* events(response) {
  let buffer = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (buffer + piece).split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const [kind, data] = block.split("\n").map((line) => line.slice(line.indexOf(": ") + 2));
      yield { kind, data: JSON.parse(data) };
    }
  }
}

// show sets the little Markdown that matters here: code to copy, bold, and the
// citations. All else stays as it was written.
function show(parent, text, article) {
  parent.replaceChildren();
  text.split(/^ *```[^\n]*\n?/m).forEach((block, i) => {
    if (i % 2) {
      add(add(parent, "pre"), "code", "", block.replace(/\n$/, ""));
      return;
    }
    for (const piece of block.replace(/^\n+|\n+$/g, "").split(/(`[^`\n]+`|\*\*[^*\n]+\*\*|\[\d+\])/)) {
      const inner = piece.replace(/^(\*\*|`|\[)|(\*\*|`|\])$/g, "");
      if (/^`.+`$/.test(piece)) add(parent, "code", "", inner);
      else if (/^\*\*.+\*\*$/.test(piece)) add(parent, "strong", "", inner);
      else if (/^\[\d+\]$/.test(piece)) add(parent, "a", "", piece).href = "#" + article.id + "-" + inner;
      else parent.append(piece);
    }
  });
}

function lines([first, last]) {
  if (!first) return "";
  return ":" + first + (last > first ? "-" + last : "");
}

// called says what a tool was called with, in few words.
function called(json) {
  try {
    return Object.values(JSON.parse(json)).flat().join(" · ");
  } catch {
    return json;
  }
}

function showCitations(article, citations) {
  if (!citations.length) return;
  const list = add(article, "ol", "cites");
  for (const c of citations) {
    const item = add(list, "li");
    item.id = article.id + "-" + c.n;
    item.value = c.n;
    const linked = /^https?:\/\//.test(c.url || "");
    const where = add(item, linked ? "a" : "span", "", c.path + lines(c.lines));
    if (linked) Object.assign(where, { href: c.url, rel: "noreferrer" });
    if (c.section) item.append("  " + c.section);
    add(item, "blockquote", "", c.quote);
  }
}

function showRating(article, run) {
  const form = add(article, "div", "rate");
  const button = (label, act) => {
    const b = add(form, "button", "", label);
    b.type = "button";
    b.onclick = act;
  };
  const send = async (rating, correction) => {
    const response = await post("/v1/runs/" + run + "/feedback", { rating, correction }).catch(() => null);
    form.textContent = response?.ok ? "Thank you." : "That could not be stored.";
  };
  button("Helpful", () => send("up", ""));
  button("Wrong", () => {
    form.replaceChildren();
    const text = add(form, "textarea", "correction");
    text.placeholder = text.ariaLabel = "What would have been right? (optional)";
    text.focus();
    button("Send", () => send("down", text.value.trim()));
  });
}

function showEnd(article, data) {
  thread = data.thread;
  $("follow").hidden = false;
  const offline = data.model === "offline" ? "Quoted from the documents by the offline stand-in; no language model wrote this." : "";
  if (data.note || offline) add(article, "p", "note", data.note || offline);
  showCitations(article, data.citations);
  const meta = add(article, "p", "meta", [data.status.replace("_", " "), data.model, "prompt v" + data.prompt.version,
    data.duration_seconds.toFixed(2) + " s"].join(" · "));
  if (data.trace_id) {
    meta.append(" · ");
    add(meta, "a", "", "trace " + data.trace_id).href = "/traces/" + encodeURIComponent(data.trace_id);
  }
  showRating(article, data.id);
}

// ask answers a question in an article; it returns whether the server took it.
async function ask(question, article, signal) {
  add(article, "h2", "", question);
  const tools = add(article, "div");
  const answer = add(article, "div", "answer");
  article.ariaBusy = "true";
  try {
    const response = await post("/v1/ask", { question, thread, stream: true }, signal);
    if (!response.ok) {
      add(article, "p", "note", await failure(response));
      return false;
    }
    let text = "";
    let ended = false;
    for await (const { kind, data } of events(response)) {
      if (kind === "text") text += data.text;
      if (kind === "tool" && data.done) {
        text = ""; // what was said before a search is not the answer
        add(tools, "p", "tool", data.tool + " " + called(data.arguments) + (data.summary ? " → " + data.summary : ""));
      }
      if (kind === "done") text = data.answer;
      show(answer, text, article);
      if (kind === "done") showEnd(article, data);
      if (kind === "error") add(article, "p", "note", data.error.message);
      ended ||= kind === "done" || kind === "error";
    }
    if (!ended) add(article, "p", "note", "The answer broke off.");
    return true;
  } catch (err) {
    add(article, "p", "note", signal.aborted ? "Stopped." : "The answer broke off: " + err.message);
    return signal.aborted;
  } finally {
    article.ariaBusy = "false";
  }
}

function setRunning(controller) {
  running = controller;
  $("go").hidden = Boolean(controller);
  $("stop").hidden = !controller;
}

$("ask").addEventListener("submit", async (e) => {
  e.preventDefault();
  const question = $("question").value.trim();
  if (!question || running) return;
  setRunning(new AbortController());
  const article = document.createElement("article");
  article.id = "a" + ($("thread").childElementCount + 1);
  $("thread").prepend(article);
  const taken = await ask(question, article, running.signal);
  if (taken && $("question").value.trim() === question) $("question").value = "";
  setRunning(null);
});

$("key").addEventListener("submit", (e) => {
  e.preventDefault();
  sessionStorage.setItem("key", $("apikey").value);
  $("key").hidden = true;
  $("ask").requestSubmit();
});

$("stop").addEventListener("click", () => running?.abort());
document.addEventListener("keydown", (e) => { if (e.key === "Escape") running?.abort(); });

$("fresh").addEventListener("click", () => {
  running?.abort();
  thread = "";
  $("thread").replaceChildren();
  $("follow").hidden = true;
  $("question").focus();
});
