package main

import (
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/vim25/json"
	"github.com/vmware/govmomi/vim25/types"
)

// postKey is the order to post events, a list of them, in order, as vSphere's own JSON. They keep the time and the text that
// they come with, where vcsim stamps what is posted with the clock of the machine and its own text.
const postKey = "POST"

// news is the events to post in one call.
type news []types.BaseEvent

func readNews(dec *json.Decoder) (order, error) {
	var n news
	_, err := elements(dec, func() error {
		v, err := readAs(dec, reflect.TypeFor[types.BaseEvent]())
		event, ok := v.(types.BaseEvent)
		if err == nil && !ok {
			err = fmt.Errorf("element %d is no event", len(n))
		}
		n = append(n, event)
		return err
	})
	if err != nil {
		return nil, &misfit{postKey, err}
	}
	return n, nil
}

// apply posts all of them.
func (n news) apply(w *work) error {
	ctx := w.ctx
	manager := ctx.Map.EventManager()
	for _, one := range n {
		posted := w.own(one).(types.BaseEvent)
		event := posted.GetEvent()
		created, text := event.CreatedTime, event.FullFormattedMessage
		ctx.WithLock(manager.Self, func() {
			manager.PostEvent(ctx, &types.PostEvent{This: manager.Self, EventToPost: posted})
			event.CreatedTime = created
			if text != "" {
				event.FullFormattedMessage = text
			}
		})
	}
	return nil
}
