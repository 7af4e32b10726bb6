Feature: View's management withstands the loss of a host
  Two connection servers broker side by side, on different hosts, and vSphere HA restarts what a host had.

  @VIEW-09 @capability:view-composer
  Rule: While one connection server is restarted the other one brokers

    Example: The host of a connection server fails
      Given two sites with View
      When "mgmt-a02" loses its power
      Then "view-cs02" alone brokers desktops
      And "view-cs01" and "view-cs02" come to broker desktops
      And "view-cs01" of "vc-mgmt-a" runs on another host than "mgmt-a02"
      And "view-composer" of "vc-mgmt-a" runs on another host than "mgmt-a02"
      And "office-01" has kept running
      And nothing else has changed

    @twin:both-connection-servers-down
    Example: Both connection servers are down: nobody brokers, and the desktops run on
      Given two sites with View
      When the operator powers off "view-cs01" of "vc-mgmt-a"
      And the operator powers off "view-cs02" of "vc-mgmt-a"
      Then no connection server brokers desktops
      And "view-cs01" of "vc-mgmt-a" is not restarted
      And "view-cs02" of "vc-mgmt-a" is not restarted
      And "office-01" has kept running
      And "vc-desk" answers
      And nothing else has changed
