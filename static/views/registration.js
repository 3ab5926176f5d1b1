import { t } from "../i18n/i18n.js";
import "../i18n/panels.js";

/** REGISTRATIONS are the rules about who may register, the default first. */
export const REGISTRATIONS = ["open", "invite", "closed"];

/** registrationOptions explains each rule, for radioCards. */
export function registrationOptions() {
  return REGISTRATIONS.map((value) => ({
    value,
    label: t(`admin.registration.${value}`),
    text: t(`admin.registration.${value}.text`),
  }));
}
