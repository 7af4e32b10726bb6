package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// show sets the properties of one object.
func (v *vcenter) show(obj ref, properties string) string {
	v.t.Helper()
	return v.order(fmt.Sprintf(`{"SET": {%q: {%q: %s}}}`, obj.Type, obj.Value, properties))[0]
}

func TestSetIsAllOrNothing(t *testing.T) {
	v := newVcenter(t)
	host := v.model.Map().Any("HostSystem").(*simulator.HostSystem)
	for path, bad := range map[string]string{
		"no.such": `"x"`, "runtime.connectionState": `3`, "parent": `"x"`, "self": `"x"`, "vm": `[null]`, "name[4]": `"x"`,
		"vm[4]": `null`, "name[": `"x"`, "summary": `{"_typeName": "HostConfigInfo"}`, "network": `[{"_typeName": "HostPciDevice"}]`,
		"config.fileSystemVolume": `{}`, "runtime": `null} garbage`, "": `1`,
	} {
		before := host.Name
		if v.show(host.Self, fmt.Sprintf(`{"name": "changed", %q: %s}`, path, bad)) == "" {
			t.Errorf("%s: nothing is said about it", path)
		}
		if host.Name != before {
			t.Errorf("%s: the other property was set", path)
		}
	}
}

func TestSetNeedsTypesIdsAndProperties(t *testing.T) {
	v := newVcenter(t)
	good := fmt.Sprintf(`{"SET": {"VirtualMachine": {%q: {"name": "x"}}}}`, v.vm().Self.Value)
	for _, bad := range []string{
		`{"SET": {"NoSuchType": {"x-1": {"name": "x"}}}}`, `{"SET": {"NoSuchType": {"x-1": {}}}}`, `{"SET": {"Folder": "x"}}`,
		`{"SET": []}`, `{"SET": 1}`, `{"SET": null}`, `{"SET": }`, `{"STE": {}}`, `[]`, `"SET"`, `}{`,
	} {
		if said := v.order(bad, good, bad, good); said[0] == "" || said[1] != "" || said[2] != said[0] || said[3] != "" {
			t.Errorf("%s: %q, want that it is refused, and no other line", bad, said)
		}
	}
}

const card = `{"_typeName": "VirtualE1000", "key": %d, "macAddress": %q}`

// cards are the keys and MAC addresses of a VM's devices that have one.
func cards(vm *simulator.VirtualMachine) (found []string) {
	for _, device := range vm.Config.Hardware.Device {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			found = append(found, fmt.Sprint(device.GetVirtualDevice().Key, " ", card.GetVirtualEthernetCard().MacAddress))
		}
	}
	return found
}

func TestElementsOfAnArrayAreReplacedAddedAndRemoved(t *testing.T) {
	v := newVcenter(t)
	vm := v.vm()
	others := len(vm.Config.Hardware.Device) - len(cards(vm))
	first := vm.Config.Hardware.Device
	const path = "config.hardware.device"
	for _, step := range []struct{ changes, want string }{
		{fmt.Sprintf(`{"%s[4000]": %s}`, path, fmt.Sprintf(card, 4000, "a")), "[4000 a]"},
		{fmt.Sprintf(`{"%s[4001]": %s, "%s[4000]": %s}`, path, fmt.Sprintf(card, 4001, "b"), path, fmt.Sprintf(card, 4000, "c")), "[4000 c 4001 b]"},
		{fmt.Sprintf(`{"%s[4000]": null}`, path), "[4001 b]"},
		{fmt.Sprintf(`{"%s": [], "%s[4000]": %s}`, path, path, fmt.Sprintf(card, 4000, "d")), "[4000 d]"},
	} {
		if err := v.show(vm.Self, step.changes); err != "" {
			t.Fatal(err)
		}
		if got := fmt.Sprint(cards(vm)); got != step.want {
			t.Errorf("%s: %s, want %s", step.changes, got, step.want)
		}
	}
	if len(first) != others+1 || len(vm.Config.Hardware.Device) != 1 {
		t.Errorf("%d devices at first, %d at last", len(first), len(vm.Config.Hardware.Device))
	}
}

func TestElementsThatDoNotFitAreRefused(t *testing.T) {
	v := newVcenter(t)
	vm := v.vm()
	before := fmt.Sprint(cards(vm))
	for path, c := range map[string]struct{ value, says string }{
		"config.hardware.device[4711]":         {`null`, "4711"},
		"config.hardware.device[4000]":         {fmt.Sprintf(card, 4001, "x"), "4001"},
		`config.hardware.device["4000"]`:       {fmt.Sprintf(card, 4000, "x"), "key"},
		"config.hardware.device[4001]":         {`{"_typeName": "HostPciDevice"}`, "device[4001]"},
		"config.hardware.device[4002]":         {`"x"`, "device[4002]"},
		"config.hardware.device[4000].backing": {`null`, "element"},
		"config.hardware[4000]":                {`null`, "no array"},
		"network[4000]":                        {`null`, "key"},
	} {
		err := v.show(vm.Self, fmt.Sprintf(`{"config.hardware.device[4000]": null, %q: %s}`, path, c.value))
		if !strings.HasPrefix(err, "SET/VirtualMachine/") || !strings.Contains(err, c.says) {
			t.Errorf("%s: %q, want that it is named, with %s", path, err, c.says)
		}
		if got := fmt.Sprint(cards(vm)); got != before {
			t.Errorf("%s: the cards are %s, and were %s", path, got, before)
		}
	}
}

func TestWhoWaitsForAnArraySeesTheElementThatChanges(t *testing.T) {
	v := newVcenter(t)
	vm, client := v.vm(), v.client(testLogins.operator)
	told := make(chan string, 1)
	first := true
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	go func() {
		_ = property.Wait(ctx, property.DefaultCollector(client.Client), vm.Self, []string{"config.hardware.device"}, func(changes []types.PropertyChange) bool {
			if first {
				first = false
				told <- ""
				return false
			}
			told <- fmt.Sprintf("%s %T", changes[0].Name, changes[0].Val)
			return true
		})
	}()
	<-told
	if err := v.show(vm.Self, fmt.Sprintf(`{"config.hardware.device[4000]": %s}`, fmt.Sprintf(card, 4000, "a"))); err != "" {
		t.Fatal(err)
	}
	select {
	case got := <-told:
		if got != "config.hardware.device types.ArrayOfVirtualDevice" {
			t.Errorf("told of %s", got)
		}
	case <-ctx.Done():
		t.Error("nobody was told")
	}
}

func TestPostedEventsKeepTheirTimesAndTexts(t *testing.T) {
	v := newVcenter(t)
	event := `{"_typeName": "GeneralUserEvent", "createdTime": "2001-02-03T04:05:06Z", "fullFormattedMessage": %q, "message": "m", "key": 0, "chainId": 0, "userName": ""}`
	if said := v.order(fmt.Sprintf(`{"POST": [%s, %s]}`, fmt.Sprintf(event, "one"), fmt.Sprintf(event, "two"))); said[0] != "" {
		t.Fatal(said)
	}
	client := v.client(testLogins.operator)
	res, err := methods.QueryEvents(context.Background(), client, &types.QueryEvents{
		This: *client.ServiceContent.EventManager, Filter: types.EventFilterSpec{EventTypeId: []string{"GeneralUserEvent"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range res.Returnval {
		got = append(got, e.GetEvent().FullFormattedMessage+e.GetEvent().CreatedTime.UTC().Format(" 2006"))
	}
	if fmt.Sprint(got) != "[two 2001 one 2001]" { // the newest first
		t.Errorf("events %v", got)
	}
}

func TestWhatIsNoEventIsNotPosted(t *testing.T) {
	v := newVcenter(t)
	host := v.model.Map().Any("HostSystem").(*simulator.HostSystem)
	before := host.Name
	set := fmt.Sprintf(`{"HostSystem": {%q: {"name": "changed"}}}`, host.Self.Value)
	for _, bad := range []string{`[null]`, `{}`, `[{"_typeName": "HostPciDevice"}]`, `[}`, `1`} {
		if said := v.order(fmt.Sprintf(`{"SET": %s, "POST": %s}`, set, bad)); !strings.HasPrefix(said[0], "POST: ") {
			t.Errorf("%v: %q, want that it is named", bad, said)
		}
		if host.Name != before {
			t.Errorf("%v: the property that came with it was set", bad)
		}
	}
}
