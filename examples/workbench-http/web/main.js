import { acceptDrops } from "./intake.js";
import { showProjects } from "./projects.js";
import { check, intake } from "./workspace.js";

document.getElementById("intake").append(intake);
acceptDrops(intake);
showProjects((file) => check([file]));
