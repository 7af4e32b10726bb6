Feature: vSphere HA restarts a VM on its distributed port
  The host that starts the VMs of a failed host again has never seen their ports. It reads them from the port files.

  Background:
    Given a cluster of three hosts
    And vSphere HA is "on"
    And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"
    And the hosts synchronize their port files

  @VDS-05
  Rule: After its host fails, a VM runs on another host, connected, on the same port

    Example: A VM comes back with its port
      When "esx01" loses its power
      Then "web01" runs on another host than "esx01"
      And "web01" has a network connection
      And "web01" has the same port as before
      And the event "com.vmware.vc.ha.VmRestartedByHAEvent" is posted for "web01"
      And the event "com.vmware.vc.HA.DasHostFailedEvent" is posted for "esx01"
      And nothing else has changed

    Example: A VM comes back when a host leaves maintenance mode
      Given the operator puts "esx02" in maintenance mode
      And the operator puts "esx03" in maintenance mode
      And "esx01" loses its power
      And vSphere HA has the time for all its attempts
      When the operator takes "esx03" out of maintenance mode
      Then "web01" runs on another host than "esx01"
      And "web01" runs on "esx03"
      And "web01" has a network connection
      And "web01" has the same port as before
      And "esx03" is not in maintenance mode
      And "esx02" is in maintenance mode
      And "esx01" does not respond to vCenter
      And nothing else has changed

    @twin:port-file-missing
    Example: Without its port file a VM is not restarted
      Given the port file of "web01" is removed
      When "esx01" loses its power
      Then "web01" is not restarted
      And the event "VmFailoverFailed" for "web01" names its port file
      And the datastore "vmfs01" holds no port file of "web01"
      And "esx01" does not respond to vCenter
      And nothing else has changed

    @twin:ha-off
    Example: With vSphere HA off nothing is restarted
      Given vSphere HA is "off"
      When "esx01" loses its power
      Then "web01" is not restarted
      And the event "HostConnectionLostEvent" is posted for "esx01"
      And no event "com.vmware.vc.HA.DasHostFailedEvent" is posted for "esx01"
      And the datastore "vmfs01" holds the port file of "web01"
      And nothing else has changed

    @twin:datastore-not-mounted
    Example: A host that lacks one of the VM's datastores is no candidate
      Given the operator adds a disk on the datastore "vmfs02" to "web01"
      And all paths from "esx02" to the datastore "vmfs02" are down
      And all paths from "esx03" to the datastore "vmfs02" are down
      When "esx01" loses its power
      Then "web01" is not restarted
      And the event "NotEnoughResourcesToStartVmEvent" is posted for "web01"
      And the datastore "vmfs02" is not accessible on "esx02"
      And the datastore "vmfs02" is not accessible on "esx03"
      And the datastore "vmfs01" holds the port file of "web01"
      And "esx01" does not respond to vCenter
      And nothing else has changed

    @twin:all-candidates-in-maintenance-mode
    Example: Hosts in maintenance mode are no candidates
      Given the operator puts "esx02" in maintenance mode
      And the operator puts "esx03" in maintenance mode
      When "esx01" loses its power
      Then "web01" is not restarted
      And the event "com.vmware.vc.HA.VcCannotFindMasterEvent" is posted for "cluster01"
      And "esx02" is in maintenance mode
      And "esx03" is in maintenance mode
      And "esx01" does not respond to vCenter
      And nothing else has changed
