package control

import (
	"context"
	"os"

	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

// Do sends a request, and returns the response. See [agentsocket.Exchange].
func Do(ctx context.Context, path string, r Request, file *os.File) (Response, error) {
	var response Response
	if err := agentsocket.Exchange(ctx, path, r, file, &response); err != nil {
		return Response{}, err
	}
	return response, nil
}
