package e2e

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// lanAddress is the address the browser believes to be at: not a secure context,
// as on a real LAN, while the traffic stays on loopback.
const lanAddress = "192.168.77.1"

// chromium is the one browser process of a run. People have browser contexts of
// their own in it.
var chromium struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel func()
}

// needBrowser starts the browser, or skips the test where there is none.
func needBrowser(t testing.TB) context.Context {
	t.Helper()
	chromium.mu.Lock()
	defer chromium.mu.Unlock()
	if chromium.ctx != nil {
		return chromium.ctx
	}
	path := findChromium()
	if path == "" {
		if os.Getenv("TEAHOUSE_NEED_BROWSER") == "1" {
			t.Fatal("no Chromium found, and TEAHOUSE_NEED_BROWSER=1")
		}
		t.Skip("no Chromium found (chromium, chromium-browser, google-chrome): the page is not tested")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP "+lanAddress+" 127.0.0.1"),
	)
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, endBrowser := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		endAllocator()
		t.Fatalf("start %s: %v", path, err)
	}
	chromium.ctx = ctx
	chromium.cancel = func() { endBrowser(); endAllocator() }
	return ctx
}

// closeBrowser ends the browser process.
func closeBrowser() {
	chromium.mu.Lock()
	defer chromium.mu.Unlock()
	if chromium.cancel != nil {
		chromium.cancel()
	}
}

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
