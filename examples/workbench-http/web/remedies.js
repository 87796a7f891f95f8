// What to do about a problem: the hint that the API gives. It may be empty.
export function remedy({ hint }) {
  return hint || "";
}
