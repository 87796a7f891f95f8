// The requests that the page makes. Addresses are relative, so that the page
// works below any path of a proxy.

import { Refused, Unreachable } from "./failure.js";
import { bearer, renew } from "./token.js";

export async function listProjects(watch) {
  return (await json("GET", "api/projects", null, watch)).projects;
}

// exportProject gives the package as { blob, sha256, notes }, the digest as the server
// says it, or null where a proxy took it away, and how many notes there are. Options are those of the API, such
// as { variants: "all" }.
export async function exportProject(name, options, watch) {
  const answer = await request("POST", `api/projects/${encodeURIComponent(name)}/export`, {
    type: "application/json",
    data: JSON.stringify(options),
  }, watch);
  return {
    blob: answer.body,
    sha256: /[0-9a-f]{64}/.exec(answer.header("ETag"))?.[0] ?? null,
    notes: Number(answer.header("Handoff-Notes") ?? 0),
  };
}

// checkProject gives the report on a project: what an export says, and what the
// validation of its package does.
export function checkProject(name, options, watch) {
  return json("POST", `api/projects/${encodeURIComponent(name)}/check`, { type: "application/json", data: JSON.stringify(options) }, watch);
}

export function validate(file, watch) {
  return json("POST", "api/packages/validate", packageBody(file), watch);
}

export function inspect(file, watch) {
  return json("POST", "api/packages/inspect", packageBody(file), watch);
}

// pictures gives those of the machine and its behavior trees, as { title, svg }.
export async function pictures(file, watch) {
  return (await json("POST", "api/packages/pictures", packageBody(file), watch)).pictures;
}

// sheet gives the handoff sheet, an HTML document.
export async function sheet(file, watch) {
  return (await request("POST", "api/packages/sheet", packageBody(file), watch)).body;
}

export function diff(older, newer, watch) {
  const form = new FormData(); // the browser writes its type and boundary
  form.append("old", older);
  form.append("new", newer);
  return json("POST", "api/packages/diff", { data: form }, watch);
}

function packageBody(file) {
  return { type: "application/zip", data: file };
}

async function json(method, path, body, watch) {
  const answer = await request(method, path, body, watch);
  return JSON.parse(await answer.body.text());
}

// request sends a request, and asks for the token when the server wants one.
// watch is { signal, sent(share), waiting(), received(share) }.
async function request(method, path, body, watch) {
  for (;;) {
    const used = bearer();
    const answer = await send(method, path, body, used, watch);
    if (answer.status === 200) {
      return answer;
    }
    if (answer.status !== 401) {
      throw await refusal(answer);
    }
    await renew(used);
  }
}

// send uses XMLHttpRequest because fetch does not tell how much was sent.
function send(method, path, body, token, watch) {
  return new Promise((resolve, reject) => {
    watch.signal.throwIfAborted();
    const xhr = new XMLHttpRequest();
    xhr.open(method, path);
    xhr.responseType = "blob";
    if (token) {
      xhr.setRequestHeader("Authorization", `Bearer ${token}`);
    }
    if (body?.type) {
      xhr.setRequestHeader("Content-Type", body.type);
    }
    if (body) { // else an upload without a body would be watched
      xhr.upload.onprogress = (event) => event.lengthComputable && watch.sent(event.loaded / event.total);
      xhr.upload.onload = () => watch.waiting();
    }
    xhr.onprogress = (event) => event.lengthComputable && watch.received(event.loaded / event.total);
    xhr.onload = () => resolve({ status: xhr.status, body: xhr.response, header: (name) => xhr.getResponseHeader(name) });
    xhr.onerror = () => reject(new Unreachable("No answer came from the server."));
    xhr.onabort = () => reject(watch.signal.reason);
    watch.signal.addEventListener("abort", () => xhr.abort());
    xhr.send(body?.data ?? null);
  });
}

// refusal reads the answer of the server, or of a proxy that knows no JSON.
async function refusal(answer) {
  let content = null;
  try {
    content = JSON.parse(await answer.body.text());
  } catch {
    // The status says enough.
  }
  return new Refused(answer.status, content ?? {}, Number(answer.header("Retry-After")));
}
