package scxstats

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
)

// lineMax is the longest request.
const lineMax = 4096

// request is a line from a client.
type request struct {
	Req  string            `json:"req"`
	Args map[string]string `json:"args"`
}

// response is the answer.
type response struct {
	Errno int            `json:"errno"`
	Args  map[string]any `json:"args"`
}

func answer(resp any) response { return response{0, map[string]any{"resp": resp}} }

func refusal(errno syscall.Errno, err error) response {
	return response{int(errno), map[string]any{"resp": err.Error()}}
}

// parse reads a request. What it does not know it leaves out, as other servers do.
func parse(line []byte) (request, error) {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return request{}, fmt.Errorf("this is no request, such as {\"req\":\"stats\"}: %w", err)
	}
	if r.Req == "" {
		return request{}, errors.New(`the request has no "req"`)
	}
	return r, nil
}

var errLong = fmt.Errorf("the request is longer than %d bytes", lineMax)

// readLine reads a line of limited length, without its end. A last line may lack that.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, errLong
	case err == io.EOF && len(line) > 0:
		return line, nil
	}
	return line, err
}
