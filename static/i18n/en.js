// English. One key, one whole sentence; keys in groups by area.
export default {
  "app.name": "Teahouse",
  "app.close": "Close",
  "app.cancel": "Cancel",
  "app.back": "Back",
  "app.menu": "Menu",
  "app.retry": "Try again",
  "app.loading": "Loading…",
  "app.copied": "Copied",
  "app.copy_failed": "Could not copy. Select the text and copy it by hand.",
  "app.show_password": "Show password",
  "app.list_separator": ", ",

  "time.today": "Today",
  "time.yesterday": "yesterday",
  "time.yesterday_title": "Yesterday",
  "time.seen": "last seen {when}",
  "time.seen_now": "last seen just now",
};
