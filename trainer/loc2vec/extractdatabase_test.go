package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExtractDatabaseRefuses(t *testing.T) {
	const secret = "hunter2-is-the-password"
	dir := t.TempDir()
	tests := []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"no source", []string{}, 2, "or --postgis are needed"},
		{"two sources", []string{"x.osm.pbf", "--postgis", "dbname=osm"}, 2, "--postgis takes no files"},
		{"box for a file", []string{"x.osm.pbf", "--bbox", "1,2,3,4"}, 2, "for --postgis"},
		{"box of three", []string{"--postgis", "dbname=osm", "--bbox", "1,2,3"}, 2, "four numbers"},
		{"box of words", []string{"--postgis", "dbname=osm", "--bbox", "1,2,3,north"}, 2, "not a number"},
		{"box upside down", []string{"--postgis", "dbname=osm", "--bbox", "1,4,3,2"}, 2, "south must be below north"},
		{"two tables", []string{"--postgis", "dbname=osm", "--tables", "a,b"}, 2, "three names"},
		{"settings without quotes", []string{"--postgis", "dbname=osm", "password=" + secret}, 2, "quotes"},
		{"broken string", []string{"--postgis", "postgres://me:" + secret + "@host:port:twice/osm"}, 1, "not valid"},
		{"no server", []string{"--postgis", "host=" + dir + " dbname=osm password=" + secret}, 1, "connecting to the database"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "region.pmtiles")
			var messages bytes.Buffer
			args := append([]string{"extract", "-o", output}, test.args...)
			if status := run(t.Context(), stdio{out: &messages, err: &messages}, args); status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			if !strings.Contains(messages.String(), test.want) {
				t.Errorf("%q does not say %q", messages.String(), test.want)
			}
			if strings.Contains(messages.String(), secret) {
				t.Errorf("%q gives the password away", messages.String())
			}
			if left, err := os.ReadDir(filepath.Dir(output)); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestExtractServerHangsUp: a server that closes the connection leaves no file.
func TestExtractServerHangsUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	output := filepath.Join(t.TempDir(), "region.pmtiles")
	var messages bytes.Buffer
	status := run(t.Context(), stdio{out: &messages, err: &messages}, []string{"extract", "-o", output,
		"--postgis", "postgres://me:hunter2@" + listener.Addr().String() + "/osm?sslmode=disable"})
	if status != 1 || !strings.Contains(messages.String(), "connecting to the database") || strings.Contains(messages.String(), "hunter2") {
		t.Errorf("exit status %d: %s", status, messages.String())
	}
	if left, err := os.ReadDir(filepath.Dir(output)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
