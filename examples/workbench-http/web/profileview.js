// Shows a runtime profile: who can reach the machine, where its measurements go,
// what it does by itself, what it starts.

import { el, icon } from "./dom.js";
import { code, facts, unshown } from "./facts.js";
import { count } from "./format.js";
import { shortened } from "./shortened.js";

export function profileView(p, open) {
  return el("details", { open }, el("summary", {}, el("span", {}, p.name, " ", el("span", { class: "minor" }, glance(p)))),
    facts(
      ["File", code(p.file)],
      ["Shown as", p.runtimeName ?? ""],
      ["HTTP interface", http(p.http)],
      ["Other web pages", p.http.enabled && origins(p.http)],
      ["Telemetry", telemetry(p.telemetry)],
      ["Automation", automation(p.automation)],
      ["Reads devices", p.pollingMs !== undefined && `every ${p.pollingMs} ms`],
      ["Log level", p.loggingLevel ?? ""],
      ["Not shown", unshown(p.moreValues)]),
    shortened(el("ul", { class: "items" }), p.providers, process));
}

// glance is what a profile does, in a few words.
function glance({ http, telemetry, automation }) {
  const reach = !http.enabled ? "HTTP off" : http.exposed ? caution("HTTP open to other machines") : "HTTP for this machine only";
  return [reach, `, telemetry ${onOff(telemetry)}, automation ${onOff(automation)}`];
}

const onOff = ({ enabled }) => (enabled ? "on" : "off");

function http({ enabled, bind, port, exposed }) {
  if (!enabled) {
    return "off";
  }
  const address = port === undefined ? bind : `${bind ?? ""}:${port}`;
  return [...code(address), ", ", exposed ? caution("open to other machines") : "for this machine only"];
}

function origins({ corsOrigins = [], anyOrigin, corsCredentials }) {
  const who = anyOrigin ? caution("any web page may use the interface") : ["may use it if they come from ", ...code(...corsOrigins)];
  return [who, corsCredentials && [", ", caution("with cookies and passwords")]].flat();
}

// caution is a fact to think about. The icon is not the only sign: the words say
// what it is.
function caution(text) {
  return el("strong", { class: "warning caution" }, icon("warning"), text);
}

function telemetry({ enabled, url, org, bucket, oldPlace }) {
  if (!enabled) {
    return "off";
  }
  const names = [["organization", org], ["bucket", bucket]].filter(([, value]) => value).map(([name, value]) => `${name} ${value}`);
  return ["to ", ...(url ? code(url) : ["an address that the package does not say"]), names.length > 0 && `, ${names.join(", ")}`,
    oldPlace === true && [", ", caution("set at its old place; the runtime warns about that")]];
}

function automation({ enabled, behaviorTree, tickRateHz, manualGatingPolicy, parameters, hooks }) {
  if (!enabled) {
    return "off";
  }
  const more = [
    tickRateHz !== undefined && `${tickRateHz} ticks a second`,
    policies[manualGatingPolicy] ?? manualGatingPolicy,
    parameters > 0 && count(parameters, "parameter"),
    hooks > 0 && count(hooks, "hook"),
  ].filter(Boolean);
  return ["on: ", ...code(behaviorTree), more.length > 0 && `, ${more.join(", ")}`];
}

const policies = { BLOCK: "manual calls are refused meanwhile", OVERRIDE: "manual calls win" };

function process(p) {
  return el("li", {}, el("h5", {}, p.id ?? "without an id"), facts(
    ["Runs", el("code", {}, [p.command ?? "", ...(p.args ?? [])].map(quoted).join(" "))],
    ["Timeouts", [["call", p.timeoutMs], ["hello", p.helloTimeoutMs], ["ready", p.readyTimeoutMs]]
      .filter(([, ms]) => ms !== undefined).map(([what, ms]) => `${what} ${ms} ms`).join(", ")],
    ["When it ends", restart(p.restart)]));
}

// quoted keeps arguments with spaces apart.
function quoted(argument) {
  return /^[^\s'"\\]+$/.test(argument) ? argument : JSON.stringify(argument);
}

function restart(policy) {
  if (!policy?.enabled) {
    return "it stays down";
  }
  const limits = [
    policy.maxAttempts !== undefined && `up to ${count(policy.maxAttempts, "time")}`,
    policy.backoffMs?.length > 0 && `after ${policy.backoffMs.join(", ")} ms`,
  ].filter(Boolean);
  return ["it is started again", ...limits].join(", ");
}
