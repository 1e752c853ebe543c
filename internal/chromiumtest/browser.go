package chromiumtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// callTimeout bounds the wait for one answer of the browser, on a machine with other work.
const callTimeout = 2 * time.Minute

// object is a JSON object.
type object map[string]any

// message is a message of the Chrome DevTools protocol, an answer or an event.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// browser is a Chromium with one page, spoken to through pipes.
type browser struct {
	tb       testing.TB
	commands *os.File
	messages chan message
	events   []message // seen while waiting for something else
	session  string
	next     int
}

// start starts Chromium, which ends with the test.
func start(tb testing.TB) *browser {
	tb.Helper()
	if testing.Short() {
		tb.Skip("starts a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		tb.Skip("needs chromium: not installed")
	}
	// Chromium reads commands from file 3 and writes messages to file 4, each ended by a zero byte.
	theirs, commands := pipe(tb)
	answers, ours := pipe(tb)
	cmd := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+tb.TempDir(), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirs, ours}
	if err := cmd.Start(); err != nil {
		tb.Fatalf("starting chromium: %v", err)
	}
	theirs.Close()
	ours.Close()
	b := &browser{tb: tb, commands: commands, messages: make(chan message, 1024)}
	go b.read(answers)
	tb.Cleanup(func() {
		commands.Close() // Chromium ends when its commands do
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		answers.Close()
	})
	var target struct{ TargetID string }
	b.decode(b.call("Target.createTarget", object{"url": "about:blank"}), &target)
	var attached struct{ SessionID string }
	b.decode(b.call("Target.attachToTarget", object{"targetId": target.TargetID, "flatten": true}), &attached)
	b.session = attached.SessionID
	return b
}

func pipe(tb testing.TB) (r, w *os.File) {
	tb.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	return r, w
}

// read passes on messages until the browser ends.
func (b *browser) read(answers *os.File) {
	defer close(b.messages)
	r := bufio.NewReader(answers)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) == nil {
			b.messages <- m
		}
	}
}

// call sends a command and returns its result.
func (b *browser) call(method string, params object) json.RawMessage {
	b.tb.Helper()
	b.next++
	command := object{"id": b.next, "method": method}
	if params != nil {
		command["params"] = params
	}
	if b.session != "" {
		command["sessionId"] = b.session
	}
	text, err := json.Marshal(command)
	if err == nil {
		_, err = b.commands.Write(append(text, 0))
	}
	if err != nil {
		b.tb.Fatalf("%s: %v", method, err)
	}
	for {
		m := b.receive(method, callTimeout)
		if m.ID != b.next {
			b.events = append(b.events, m)
			continue
		}
		if m.Error != nil {
			b.tb.Fatalf("%s: %s", method, m.Error.Message)
		}
		return m.Result
	}
}

// wait waits for an event.
func (b *browser) wait(method string, timeout time.Duration) {
	b.tb.Helper()
	for _, m := range b.events {
		if m.Method == method {
			return
		}
	}
	for {
		m := b.receive(method, timeout)
		b.events = append(b.events, m)
		if m.Method == method {
			return
		}
	}
}

func (b *browser) receive(why string, timeout time.Duration) message {
	b.tb.Helper()
	select {
	case m, ok := <-b.messages:
		if !ok {
			b.tb.Fatalf("%s: chromium has ended", why)
		}
		return m
	case <-time.After(timeout):
		b.tb.Fatalf("%s: no answer from chromium within %v", why, timeout)
		panic("unreachable")
	}
}

func (b *browser) decode(text json.RawMessage, into any) {
	b.tb.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		b.tb.Fatalf("an answer of chromium: %v\n%.200s", err, text)
	}
}

// complaints returns messages on the console, and requests for anything but the page and data within it.
func (b *browser) complaints(page string) []string {
	var found []string
	for _, m := range b.events {
		switch m.Method {
		case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded":
			found = append(found, fmt.Sprintf("console: %.300s", m.Params))
		case "Network.requestWillBeSent":
			var sent struct{ Request struct{ URL string } }
			if json.Unmarshal(m.Params, &sent) == nil && sent.Request.URL != page && !strings.HasPrefix(sent.Request.URL, "data:") {
				found = append(found, "requests "+sent.Request.URL)
			}
		}
	}
	return found
}
