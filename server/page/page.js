// The web page: asks, streams the answer, shows where each statement stands.
// Everything that came from documents or models is set as text, never as HTML.
"use strict";

const $ = (id) => document.getElementById(id);
let thread = "";

function add(parent, tag, className, text) {
  const e = document.createElement(tag);
  e.className = className || "";
  if (text) e.textContent = text;
  parent.append(e);
  return e;
}

function headers() {
  const h = { "Content-Type": "application/json" };
  const key = $("apikey").value;
  if (key) h.Authorization = "Bearer " + key;
  return h;
}

// events reads server-sent events from a response.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    let end;
    while ((end = buffer.indexOf("\n\n")) >= 0) {
      const lines = buffer.slice(0, end).split("\n");
      buffer = buffer.slice(end + 2);
      const field = (name) => lines.filter((l) => l.startsWith(name + ": ")).map((l) => l.slice(name.length + 2)).join("\n");
      yield { kind: field("event"), data: JSON.parse(field("data")) };
    }
  }
}

function showCitations(article, citations) {
  if (!citations.length) return;
  const list = add(article, "ol");
  for (const c of citations) {
    const item = add(list, "li");
    const where = c.path + (c.lines[0] ? ":" + c.lines[0] + "-" + c.lines[1] : "") + "  " + c.section;
    if (/^https?:\/\//.test(c.url || "")) {
      const link = add(item, "a", "", where);
      link.href = c.url;
      link.rel = "noreferrer";
    } else {
      add(item, "span", "", where);
    }
    add(item, "blockquote", "", c.quote);
  }
}

function showRating(article, run) {
  const p = add(article, "p", "rate");
  for (const [rating, label] of [["up", "👍"], ["down", "👎"]]) {
    const b = add(p, "button", "", label);
    b.type = "button";
    b.setAttribute("aria-label", "thumbs " + rating);
    b.onclick = async () => {
      const body = { rating };
      if (rating === "down") body.correction = prompt("What would have been right? (optional)") || "";
      const r = await fetch("/v1/runs/" + run + "/feedback", { method: "POST", headers: headers(), body: JSON.stringify(body) });
      p.textContent = r.ok ? "Thank you." : "That could not be stored.";
    };
  }
}

async function ask(question) {
  const article = document.createElement("article");
  $("thread").prepend(article);
  add(article, "h2", "", question);
  const tools = add(article, "div");
  const answer = add(article, "div", "answer");
  const response = await fetch("/v1/ask", { method: "POST", headers: headers(), body: JSON.stringify({ question, thread, stream: true }) });
  if (!response.ok) {
    if (response.status === 401) $("key").hidden = false;
    const body = await response.json().catch(() => null);
    add(article, "p", "note", body ? body.error.message : "The server answered " + response.status + ".");
    return;
  }
  for await (const { kind, data } of events(response)) {
    if (kind === "text") answer.textContent += data.text;
    if (kind === "tool" && data.done) {
      answer.textContent = "";
      add(tools, "p", "tool", "· " + data.tool + " " + data.arguments + (data.summary ? " → " + data.summary : ""));
    }
    if (kind === "error") add(article, "p", "note", data.error.message);
    if (kind === "done") {
      thread = data.thread;
      answer.textContent = data.answer;
      if (data.note) add(article, "p", "note", data.note);
      showCitations(article, data.citations);
      add(article, "p", "meta", data.status + " · " + data.model + " · prompt v" + data.prompt.version + " · " +
        data.duration_seconds.toFixed(2) + " s · trace " + (data.trace_id || "–"));
      showRating(article, data.id);
    }
  }
}

$("ask").addEventListener("submit", async (e) => {
  e.preventDefault();
  const question = $("question").value.trim();
  if (!question) return;
  $("question").value = "";
  try {
    await ask(question);
  } catch (err) {
    add($("thread").firstChild, "p", "note", "The answer broke off: " + err.message);
  }
});
