Feature: What happens when a port group is full
  A static port group has a number of ports. With auto-expand it grows when they are used up; without it, the next vNIC gets none.

  Background:
    Given a cluster of three hosts

  @VDS-10
  Rule: A full static port group grows with auto-expand and refuses without it

    Example: With auto-expand the port group grows
      Given the static port group "small" with "2" ports and auto-expand "on"
      And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "small"
      And the VM "web02" runs on "esx02" from the datastore "vmfs01", connected to the port group "small"
      And the VM "web03" runs on "esx03" from the datastore "vmfs01", connected to the port group "VM Network"
      When the operator connects "web03" to the port group "small"
      Then "web03" has a network connection
      And the port group "small" has more than "2" ports
      And nothing else has changed

    @twin:auto-expand-off
    Example: Without auto-expand the connection is refused
      Given the static port group "small" with "2" ports and auto-expand "off"
      And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "small"
      And the VM "web02" runs on "esx02" from the datastore "vmfs01", connected to the port group "small"
      And the VM "web03" runs on "esx03" from the datastore "vmfs01", connected to the port group "VM Network"
      When the operator tries to connect "web03" to the port group "small"
      Then the operator gets the fault "ResourceNotAvailable"
      And the port group "small" has "2" ports
      And "web03" has no distributed port
      And nothing else has changed

    @without-capability:autoexpand-by-default
    Example: A new port group does not grow by default
      When the operator creates the static port group "fresh"
      Then auto-expand of the port group "fresh" is "off"
      And nothing else has changed

    @capability:autoexpand-by-default
    Example: A new port group grows by default
      When the operator creates the static port group "fresh"
      Then auto-expand of the port group "fresh" is "on"
      And nothing else has changed
