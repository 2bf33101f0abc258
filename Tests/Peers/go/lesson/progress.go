package lesson

import (
	"fmt"
	"math"
	"os"
	"strings"
	"time"
)

// Progress is a progress bar on standard error, when that is a terminal.
type Progress struct {
	total, done    uint64
	started, shown time.Time
	visible        bool
}

// NewProgress begins a progress bar; a total of 0 is not known.
func NewProgress(total uint64) *Progress {
	information, err := os.Stderr.Stat()
	visible := err == nil && information.Mode()&os.ModeCharDevice != 0
	return &Progress{total: total, started: time.Now(), shown: time.Now(), visible: visible}
}

// Advance counts what has been done.
func (p *Progress) Advance(amount int) {
	p.done += uint64(amount)
	if p.visible && time.Since(p.shown) >= 100*time.Millisecond {
		p.shown = time.Now()
		p.show()
	}
}

func (p *Progress) show() {
	rate := float64(p.done) / math.Max(time.Since(p.started).Seconds(), 1e-3)
	text := fmt.Sprintf("%.1f MB, %.1f MB/s", float64(p.done)/1e6, rate/1e6)
	if p.total > 0 {
		share := math.Min(float64(p.done)/float64(p.total), 1)
		left := math.Max(float64(p.total)-float64(p.done), 0) / math.Max(rate, 1)
		bar := strings.Repeat("#", int(30*share))
		text = fmt.Sprintf("[%-30s] %3.0f %%, %s, %.0f s left", bar, 100*share, text, left)
	}
	fmt.Fprintf(os.Stderr, "\r%s\033[K", text)
}

// Finish wipes the bar away.
func (p *Progress) Finish() {
	if p.visible {
		fmt.Fprint(os.Stderr, "\r\033[K")
	}
}
