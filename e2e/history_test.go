package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"teahouse/e2e/client"
)

// scroller finds what scrolls around the messages.
const scroller = `(() => { for (let e = document.querySelector('[data-testid="message"]'); e; e = e.parentElement)
	if (/(auto|scroll)/.test(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight) return e })()`

// scrollBack scrolls up in steps and returns by how many px each message that
// stayed on the screen moved other than asked.
func (w *Window) scrollBack(steps, px int) []float64 {
	w.t.Helper()
	var jumps []float64
	w.Eval(fmt.Sprintf(`(async () => {
		const s = %s, frame = () => new Promise(requestAnimationFrame), jumps = [];
		const shown = () => new Map([...document.querySelectorAll('[data-testid="message"][data-seq]')]
			.map((e) => [e.dataset.seq, e.getBoundingClientRect()])
			.filter(([, r]) => r.bottom > 100 && r.top < innerHeight - 100).map(([seq, r]) => [seq, r.top]));
		for (let i = 0; i < %d; i++) {
			const before = shown();
			const asked = Math.min(%d, s.scrollTop);
			s.scrollBy({ top: -%d, behavior: "instant" });
			await frame(); await frame(); await frame();
			let jump = null;
			for (const [seq, top] of shown()) if (before.has(seq)) { jump = Math.abs(top - before.get(seq) - asked); break }
			jumps.push(jump ?? -1);
		}
		return jumps })()`, scroller, steps, px, px), &jumps)
	return jumps
}

// Ten thousand messages, scrolled back: no jump, a bounded page, nothing missing.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	two := startTwo(t, ctx, Desktop, "-limit", "sends-per-second=100000", "-limit", "send-burst=100000", "-limit", "frames-per-second=100000")
	must(t, two.ben.WaitConversation(ctx, two.conv))
	two.window.toList()
	const total = 10_000
	var last *client.Draft
	for i := range total {
		last = two.ben.Send(two.conv, fmt.Sprintf("%d %s", i+1, strings.Repeat("some words, 一些字 ", 1+i*7%23)))
	}
	must(t, last.Wait(ctx))
	w := two.window
	w.Reload()
	w.Ready()
	w.Open(two.conv)
	w.Click(id("jump-newest")) // it opened where the unread ones begin
	w.See(fmt.Sprintf("%s[data-seq=\"%d\"]", id("message"), total))
	jumped, lost := 0, 0
	for range 60 {
		for _, jump := range w.scrollBack(1, 200) {
			switch {
			case jump < 0:
				lost++
			case jump > 2:
				jumped++
			}
		}
		if n := w.Count(id("message")); n > 360 {
			t.Fatalf("%d messages in the DOM", n)
		}
	}
	if jumped > 0 || lost > 0 {
		t.Errorf("of 60 steps %d jumped more than 2 px and %d lost their place", jumped, lost)
	}
	// What is in the DOM is one run without a hole.
	var holes int
	w.Eval(fmt.Sprintf(`(() => { const seqs = [...document.querySelectorAll('%s[data-seq]')].map((e) => Number(e.dataset.seq));
		return seqs.filter((s, i) => i > 0 && s !== seqs[i - 1] + 1).length })()`, id("message")), &holes)
	if holes > 0 {
		t.Errorf("%d holes in what is shown", holes)
	}
	// A message that comes meanwhile moves nothing.
	var before, after float64
	top := `document.querySelectorAll('[data-testid="message"]')[10].getBoundingClientRect().top`
	w.Eval(top, &before)
	must(t, two.ben.Send(two.conv, "while you read").Wait(ctx))
	w.See(id("jump-newest"))
	w.Eval(top, &after)
	if before != after {
		t.Errorf("a new message moved what is read by %.1f px", after-before)
	}
	w.Click(id("jump-newest"))
	w.SeeMessage("while you read")
}
