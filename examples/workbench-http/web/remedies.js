// What to do about a problem. The API says it for packages; for projects there is
// only the code, see package exporter.

const ofProjects = {
  layout: "Give the folder a machine-profile.yaml, or a system.json of the older layout.",
  "missing-file": "Put the file there, or correct the path that names it.",
  unreadable: "Make it a regular file that the server may read.",
  "unsafe-path": "Write the path relative to the project, and keep it inside.",
  syntax: "Correct the document at this place.",
  "duplicate-key": "Keep one of the two keys.",
  structure: "Correct the value at this place.",
  schema: "Correct the value at this place.",
  secret: "Take the secret out of the project, and supply it on the machine.",
  conflict: "Give one of the two another name.",
  limit: "Make it smaller or simpler.",
  option: "Choose runtime profiles that the project has.",
  changed: "Wait until nobody works on the project, then export again.",
};

// remedy may be empty.
export function remedy({ hint, origin, code }) {
  return hint || (origin === "project" && ofProjects[code]) || "";
}
