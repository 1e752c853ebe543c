// Package chromiumtest looks at pages in Chromium. Only tests import it.
package chromiumtest

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// View is a window on a page.
type View struct {
	Width int // CSS pixels
	Dark  bool
}

// Views returns a phone and a desk, light and dark.
func Views() []View { return []View{{375, false}, {375, true}, {1280, false}, {1280, true}} }

// viewHeight is the height of a window: pages are longer.
const viewHeight = 900

// problems is a program for the page. It opens what is folded, and lists elements that reach out of the window to the right
// and pictures without pixels. Tables may scroll sideways in a narrow window, not on a desk.
const problems = `(async () => {
  const found = [], width = document.documentElement.clientWidth
  const name = e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + e.className : '') + ' "' + (e.alt || e.textContent || '').trim().slice(0, 40) + '"'
  document.querySelectorAll('details').forEach(e => { e.open = true })
  await Promise.all([...document.images].map(m => m.decode().catch(() => found.push('is not drawn: ' + name(m)))))
  if (document.documentElement.scrollWidth > width) found.push('the page is ' + document.documentElement.scrollWidth + ' pixels wide, the window ' + width)
  for (const e of document.body.querySelectorAll('*')) {
    const box = e.getBoundingClientRect()
    if (!box.width) continue
    const scrolls = e.parentElement.closest('.scroll')
    if (!scrolls && box.right > width + 0.5) found.push('reaches ' + Math.round(box.right - width) + ' pixels out of the window: ' + name(e))
    if (width > 1000 && e.matches('.scroll') && e.scrollWidth > e.clientWidth) found.push('scrolls sideways: ' + name(e))
    if (e instanceof HTMLImageElement && (!e.naturalWidth || box.height < 1)) found.push('is not drawn: ' + name(e))
  }
  return found
})()`

// Look opens an HTML file and returns what is wrong with the page as it is drawn in a window: parts outside of the window,
// pictures that are not drawn, messages on the console, and requests for anything but the file. It skips the test where
// Chromium is not installed. With a folder, it also writes a picture of the whole page there.
func Look(tb testing.TB, page string, v View, folder string) []string {
	tb.Helper()
	b := start(tb)
	path, err := filepath.Abs(page)
	if err != nil {
		tb.Fatal(err)
	}
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	b.call("Page.enable", nil)
	b.call("Runtime.enable", nil)
	b.call("Log.enable", nil)
	b.call("Network.enable", nil)
	b.call("Emulation.setDeviceMetricsOverride", object{"width": v.Width, "height": viewHeight, "deviceScaleFactor": 1, "mobile": v.Width < 600})
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	b.call("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": scheme}}})
	b.call("Page.navigate", object{"url": address.String()})
	b.wait("Page.loadEventFired", 30*time.Second)
	var out struct {
		Result struct{ Value []string }
	}
	b.decode(b.call("Runtime.evaluate", object{"expression": problems, "awaitPromise": true, "returnByValue": true}), &out)
	found := append(out.Result.Value, b.complaints(address.String())...)
	if folder != "" {
		var shot struct{ Data string }
		b.decode(b.call("Page.captureScreenshot", object{"captureBeyondViewport": true, "format": "png"}), &shot)
		data, err := base64.StdEncoding.DecodeString(shot.Data)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d-%s.png", v.Width, scheme)), data, 0o644)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	return found
}
