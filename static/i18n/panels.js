// Imported for its effect by each view whose words are in *.panels.js: such a view
// is there only once its words are.

import { loadPanels } from "./i18n.js";

await loadPanels();
