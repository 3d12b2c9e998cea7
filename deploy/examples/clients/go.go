// Listen to a person's notifications with nothing but Go (1.19 or later):
//
//	TOKEN=… go run go.go https://example.org

package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const silence = 75 * time.Second // a heartbeat comes every 30 s; after so long the connection is dead

var lastID string
var wait = 3 * time.Second

func take(event map[string]string) {
	if event["event"] == "new_notification" {
		fmt.Println(event["id"], event["data"])
	}
}

// One stream, up to its end; data is one line of JSON.  A Scanner would stop at a line beyond 64 KB.
func listen(url string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dead := time.AfterFunc(silence, cancel)
	request, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
	request.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return // none there
	}
	defer answer.Body.Close()
	if answer.StatusCode == 401 {
		fmt.Fprintln(os.Stderr, "The token is not valid (any more): sign in again.")
		os.Exit(1)
	}
	if answer.StatusCode != 200 {
		wait = 5 * time.Second
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
			wait = time.Duration(seconds) * time.Second
		}
		return
	}
	event := map[string]string{}
	for lines := bufio.NewReader(answer.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return // its end, or a broken connection
		}
		dead.Reset(silence)
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		event[name] = value
		if ms, err := strconv.Atoi(event["retry"]); err == nil {
			wait = time.Duration(ms) * time.Millisecond
		}
		if line == "\n" {
			if id, ok := event["id"]; ok { // now that the event is whole
				lastID = id
			}
			take(event)
			event = map[string]string{}
		}
	}
}

func main() {
	if len(os.Args) < 2 || !strings.HasPrefix(os.Args[1], "http") {
		fmt.Fprintln(os.Stderr, "usage: TOKEN=... go run go.go https://example.org")
		os.Exit(2)
	}
	for {
		listen(os.Args[1] + "/api/notifications/stream")
		time.Sleep(wait)
	}
}
