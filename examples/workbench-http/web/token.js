// The bearer token of the server. It lives in this variable and nowhere else:
// not in storage, not in a cookie, not in an address.

import { Canceled } from "./failure.js";

let token = "";
let asking = null;

export function bearer() {
  return token;
}

// renew gets another token than the one that was refused. Requests that are
// refused at the same time share one question.
export async function renew(refused) {
  if (refused === token) {
    asking ??= ask(refused !== "").finally(() => (asking = null));
    token = await asking;
  }
}

function ask(again) {
  const dialog = document.getElementById("token-dialog");
  const input = document.getElementById("token");
  document.getElementById("token-refused").hidden = !again;
  return new Promise((resolve, reject) => {
    let given = "";
    document.getElementById("token-form").onsubmit = (event) => {
      event.preventDefault();
      given = input.value.trim();
      dialog.close();
    };
    document.getElementById("token-cancel").onclick = () => dialog.close();
    dialog.onclose = () => {
      input.value = "";
      if (given) {
        resolve(given);
      } else {
        reject(new Canceled("The server needs its access token."));
      }
    };
    dialog.showModal();
    input.focus();
  });
}
