package httpapi

import "strings"

// A sign is a piece of a User-Agent and what it says in words.
type sign struct{ token, word string }

// Browsers, the special before the general: most claim to be Chrome and Safari
// as well.
func browserSigns() []sign {
	return []sign{
		{"MicroMessenger/", "WeChat"},
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"HuaweiBrowser/", "Huawei Browser"},
		{"MiuiBrowser/", "Mi Browser"},
		{"UCBrowser/", "UC Browser"},
		{"QQBrowser/", "QQ Browser"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
	}
}

func systemSigns() []sign {
	return []sign{
		{"OpenHarmony", "HarmonyOS"},
		{"HarmonyOS", "HarmonyOS"},
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"CrOS", "ChromeOS"},
		{"Windows", "Windows"},
		{"Macintosh", "macOS"},
		{"Linux", "Linux"},
	}
}

// deviceName puts a User-Agent into words, "Chrome · Windows". Only words of the
// lists above ever leave it, so that nobody writes their own text into the list
// of somebody's logins.
func deviceName(userAgent string) string {
	browser, system := find(browserSigns(), userAgent), find(systemSigns(), userAgent)
	switch {
	case browser == "" && system == "":
		return "Other"
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " · " + system
}

func find(signs []sign, userAgent string) string {
	for _, s := range signs {
		if strings.Contains(userAgent, s.token) {
			return s.word
		}
	}
	return ""
}
