#!/usr/bin/env node
// Holds deploy/kubernetes against the types and schemas of Kubernetes (npm's kubernetes-models: a
// field that does not exist, one that is missing, a wrong type or value), and against rules of our
// own: nobody runs as root or writes to the root file system, what is named is there, and the times
// of a stop fit. Then the same checks must find what is wrong in manifests that were spoilt.
//
//   node tests/deploy/manifests.mjs
//
// What with-writer/ and portable/ come to is checked where `kubectl kustomize` can make it, else
// the files one by one.
import {spawnSync} from "node:child_process";
import {readFileSync} from "node:fs";
import path from "node:path";
import {fileURLToPath} from "node:url";
import ts from "typescript";
import YAML from "yaml";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const FOLDER = path.join(ROOT, "deploy/kubernetes");
const FILES = ["replicas/namespace.yaml", "replicas/network-policy.yaml", "replicas/replicas.yaml",
               "with-writer/storage.yaml", "with-writer/writer.yaml"];
const DRAIN_SECONDS = 10;  // codesetd serve --drain-seconds, where it is not told otherwise.

function parse(name, text) {
  return YAML.parseAllDocuments(text).map((document, place) => {
    if (document.errors.length) throw new Error(`${name}: ${document.errors[0].message}`);
    const value = document.toJS();
    return {name: `${name}: ${value.kind} ${value.metadata?.name} (${place + 1})`, value};
  });
}

function render(overlay) {
  const done = spawnSync("kubectl", ["kustomize", path.join(FOLDER, overlay)], {encoding: "utf8"});
  if (done.error || done.status !== 0) return null;
  return parse(overlay, done.stdout);
}

function moduleOf({apiVersion, kind}) {
  return `kubernetes-models/${apiVersion}/${kind}`;
}

// Errors of the types: one program for all, since reading the declarations is what takes time.
function typeErrors(documents) {
  const text = documents.map(({value}, place) =>
    `import type {I${value.kind} as T${place}} from "${moduleOf(value)}";\n` +
    `export const document${place}: T${place} = ${JSON.stringify(value)};`);
  const virtual = path.join(ROOT, "manifests.check.ts");
  const options = {noEmit: true, strict: true, skipLibCheck: true, target: ts.ScriptTarget.ES2022,
                   module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
                   types: []};
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) => name === virtual
    ? ts.createSourceFile(name, text.join("\n"), ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (name) => name === virtual || fileExists(name);
  const program = ts.createProgram([virtual], options, host);
  const found = documents.map(() => []);
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
    if (diagnostic.file?.fileName !== virtual) throw new Error(message);
    const {line} = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
    found[Math.floor(line / 2)].push(message);
  }
  return found;
}

// Errors of the JSON schemas: formats, patterns, quantities.
async function schemaErrors({value}) {
  const model = (await import(moduleOf(value)))[value.kind];
  try {
    new model(value).validate();
    return [];
  } catch (error) {
    return [error.message];
  }
}

function seconds(container) {
  const sleep = container.lifecycle?.preStop?.exec?.command ?? [];
  return sleep[0] === "sleep" ? Number(sleep[1]) : 0;
}

// Errors by our own rules, of a workload.
function podErrors({value}) {
  const pod = value.spec?.template?.spec;
  if (!pod) return [];
  const errors = [];
  const expect = (condition, message) => condition || errors.push(message);
  const {selector, template} = value.spec;
  for (const [key, label] of Object.entries(selector?.matchLabels ?? {})) {
    expect(template.metadata.labels[key] === label, `the selector's ${key} is not the pod's`);
  }
  expect(pod.securityContext?.runAsNonRoot === true && pod.securityContext.runAsUser > 0,
         "the pod may run as root");
  expect(pod.securityContext?.seccompProfile?.type === "RuntimeDefault", "no seccomp profile");
  expect(pod.automountServiceAccountToken === false, "the pod is given a token");
  const volumes = new Set((pod.volumes ?? []).map(({name}) => name));
  for (const claim of value.spec.volumeClaimTemplates ?? []) volumes.add(claim.metadata.name);
  const used = new Set();
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const context = container.securityContext ?? {};
    const where = `container ${container.name}: `;
    expect(context.readOnlyRootFilesystem === true, `${where}the root file system can be written`);
    expect(context.allowPrivilegeEscalation === false, `${where}may gain privileges`);
    expect(context.capabilities?.drop?.includes("ALL"), `${where}keeps capabilities`);
    expect(context.privileged !== true, `${where}is privileged`);
    expect(container.resources?.limits?.memory && container.resources?.requests?.memory,
           `${where}no limit on memory`);
    for (const {name} of container.volumeMounts ?? []) {
      used.add(name);
      expect(volumes.has(name), `${where}there is no volume ${name}`);
    }
    if (!container.args?.includes("serve")) continue;
    const listens = container.args.map((word) => /^--listen=0\.0\.0\.0:(\d+)$/.exec(word)?.[1])
      .find(Boolean);
    expect((container.ports ?? []).some((port) => String(port.containerPort) === listens),
           `${where}the port of --listen is not named`);
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      expect(String(container[probe]?.grpc?.port) === listens,
             `${where}${probe} does not ask gRPC's health service`);
    }
    expect(pod.terminationGracePeriodSeconds >= seconds(container) + DRAIN_SECONDS + 20,
           `${where}killed before its calls have ended`);
  }
  for (const name of volumes) expect(used.has(name), `nobody mounts the volume ${name}`);
  return errors;
}

// Errors between documents that are applied together.
function togetherErrors(documents) {
  const errors = [];
  const pods = documents.map(({value}) => value.spec?.template?.metadata?.labels).filter(Boolean);
  const claims = new Set(documents.filter(({value}) => value.kind === "PersistentVolumeClaim")
    .map(({value}) => value.metadata.name));
  for (const {name, value} of documents) {
    const selector = {Service: value.spec?.selector,
                      PodDisruptionBudget: value.spec?.selector?.matchLabels,
                      NetworkPolicy: value.spec?.podSelector?.matchLabels}[value.kind];
    const selects = (labels) => Object.entries(selector).every(([key, label]) => labels[key] === label);
    if (selector && !pods.some(selects)) errors.push(`${name}: selects no pod`);
    for (const volume of value.spec?.template?.spec?.volumes ?? []) {
      const claim = volume.persistentVolumeClaim?.claimName;
      if (claim && !claims.has(claim)) errors.push(`${name}: there is no claim ${claim}`);
    }
    if (value.kind !== "Namespace" && value.metadata.namespace !== "codeset") {
      errors.push(`${name}: not in the namespace codeset`);
    }
  }
  return errors;
}

// What must be found when it is done to the first document of this kind.
const SPOILS = [
  ["Deployment", "a misspelt probe", (d) => { d.spec.template.spec.containers[0].readinesProbe = {}; }],
  ["Deployment", "no selector", (d) => { delete d.spec.selector; }],
  ["Deployment", "a text for a number", (d) => { d.spec.replicas = "two"; }],
  ["StatefulSet", "an unknown policy", (d) => { d.spec.template.spec.securityContext.fsGroupChangePolicy = {}; }],
  ["StatefulSet", "a root file system", (d) => { d.spec.template.spec.containers[1].securityContext = {}; }],
  ["StatefulSet", "a volume that is not there", (d) => { d.spec.template.spec.volumes.pop(); }],
  ["Deployment", "root", (d) => { d.spec.template.spec.securityContext.runAsUser = 0; }],
  ["Deployment", "too short a stop", (d) => { d.spec.template.spec.terminationGracePeriodSeconds = 30; }],
  ["Deployment", "another port", (d) => { d.spec.template.spec.containers[0].livenessProbe.grpc.port = 1; }],
  ["PersistentVolumeClaim", "no quantity", (d) => { d.spec.resources.requests.storage = "much"; }],
  ["NetworkPolicy", "a wrong port", (d) => { d.spec.ingress[0].ports[0].port = true; }],
];

async function allErrors(documents) {
  const types = typeErrors(documents);
  return Promise.all(documents.map(async (document, place) =>
    [...types[place], ...await schemaErrors(document), ...podErrors(document)]));
}

const files = FILES.flatMap((name) => parse(name, readFileSync(path.join(FOLDER, name), "utf8")));
const overlays = ["with-writer", "portable"].map(render);
const spoilt = SPOILS.map(([kind, name, spoil]) => {
  const value = structuredClone(files.find((document) => document.value.kind === kind).value);
  spoil(value);
  return {name: `${kind} with ${name}`, value};
});
const rendered = overlays.flatMap((documents) => documents ?? []);
const good = [...files, ...rendered];
const errors = await allErrors([...good, ...spoilt]);
let failed = 0;
const fail = (message) => { failed += 1; console.log(`FAILED ${message}`); };
good.forEach(({name}, place) => errors[place].forEach((error) => fail(`${name}: ${error}`)));
spoilt.forEach(({name}, place) => errors[good.length + place].length || fail(`${name}: not found`));
overlays.forEach((documents) => togetherErrors(documents ?? []).forEach(fail));
const orphan = (overlays[0] ?? []).filter(({value}) => value.kind !== "PersistentVolumeClaim");
if (orphan.length && !togetherErrors(orphan).length) fail("a claim that is not there: not found");
console.log(`${files.length} documents of ${FILES.length} files, ` +
  (overlays.every(Boolean) ? `${rendered.length} rendered by kustomize` :
    "none rendered: no `kubectl kustomize` that can") + `, ${spoilt.length} spoilt; ${failed} failed`);
process.exit(failed ? 1 : 0);
