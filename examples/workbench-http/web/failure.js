// What went wrong, and what to do about it, in words.

// Canceled is the wish of the person in front of the page.
export class Canceled extends Error {}

// Unreachable means that no answer came.
export class Unreachable extends Error {}

// Unusable means that what was given is nothing to send.
export class Unusable extends Error {
  constructor(what, remedy) {
    super(what);
    this.remedy = remedy;
  }
}

// Damaged means that a download is not what the server sent.
export class Damaged extends Error {}

// Refused is an answer other than success.
export class Refused extends Error {
  constructor(status, answer, retryAfter) {
    const problems = answer.problems ?? answer.report?.problems ?? [];
    super(status === 400 && problems.length > 0 // the error is the first of them
      ? "The project cannot be exported."
      : answer.error || `The server answered with status ${status}.`);
    this.status = status;
    this.problems = problems;
    this.retryAfter = retryAfter;
  }
}

const remedies = {
  401: "Try again, and enter the token of this server.",
  403: "Open this page by itself, at the address of the server, and try again.",
  404: "It may have been renamed or removed. Reload this page.",
  408: "The connection is too slow or was interrupted. Try again, nearer to the network.",
  413: "Check it on the command line with anpkg validate, or ask whoever runs this server to raise its -max-package.",
  415: "This page may be older than the server. Reload it and try again.",
  421: "Ask whoever runs this server to add the name in the address bar with -host.",
  429: "Wait until other work from this address has ended, then try again.",
  500: "Try again. If it stays, send the request id to whoever runs this server.",
  502: "The server behind this address does not answer. Ask whoever runs it.",
  503: "Your files are all right. Wait a little, then try again.",
  504: "The server behind this address took too long. Try again.",
};

// words says of an error how bad it is, what happened, what to do, and whether
// trying the same again makes sense.
export function words(error) {
  if (error instanceof Canceled) {
    return { tone: "note", what: error.message, remedy: "", again: true };
  }
  if (error instanceof Unusable) {
    return { tone: "warning", what: error.message, remedy: error.remedy, again: false };
  }
  if (error instanceof Unreachable) {
    return {
      tone: "bad",
      what: error.message,
      remedy: "Check that the server runs, that this device is on its network, and that the file was not moved or changed. Then try again.",
      again: true,
    };
  }
  if (error instanceof Damaged) {
    return {
      tone: "bad",
      what: "The package was damaged on its way and was not saved.",
      remedy: "Try again. If it happens again, something between this device and the server changes what they send.",
      again: true,
    };
  }
  if (error instanceof Refused) {
    const wait = error.retryAfter > 0 ? ` The server asks to wait ${error.retryAfter} s.` : "";
    return {
      tone: [429, 503].includes(error.status) ? "warning" : "bad",
      what: sentence(error.message),
      remedy: (remedies[error.status] ?? "") + wait,
      again: error.status !== 413,
    };
  }
  reportError(error); // the console has what this page did not expect
  return {
    tone: "bad",
    what: "This page does not understand the answer.",
    remedy: "Reload it and try again. If that does not help, ask whoever runs this server: something in between may answer in its place.",
    again: false,
  };
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}
