Feature: A VM that has moved to another datastore
  The port file has to move with the VM. In vSphere 5.0 it stays behind, and vSphere HA cannot restart the VM.

  Background:
    Given a cluster of three hosts
    And vSphere HA is "on"
    And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"
    And the hosts synchronize their port files

  @VDS-11
  Rule: A Storage vMotion leaves no port file on the new datastore, and vSphere HA then fails to restart the VM

    @defect:no-port-file-after-storage-vmotion
    Example: The new datastore has no port file, and the VM stays connected
      When the operator moves "web01" to the datastore "vmfs02"
      And the hosts synchronize their port files
      Then "web01" runs from the datastore "vmfs02"
      And the datastore "vmfs02" holds no port file of "web01"
      And "web01" has a network connection
      And "web01" has the same port as before
      And nothing else has changed

    @defect:no-port-file-after-storage-vmotion
    Example: vSphere HA does not find the port file
      Given the operator moves "web01" to the datastore "vmfs02"
      And the hosts synchronize their port files
      When "esx01" loses its power
      Then "web01" is not restarted
      And the event "VmFailoverFailed" for "web01" names its port file
      And the datastore "vmfs02" holds no port file of "web01"
      And "esx01" does not respond to vCenter
      And nothing else has changed

    @twin:release-with-port-file @without-defect:no-port-file-after-storage-vmotion
    Example: A release that writes the port file restarts the VM
      Given the operator moves "web01" to the datastore "vmfs02"
      And the hosts synchronize their port files
      When "esx01" loses its power
      Then "web01" runs on another host than "esx01"
      And the datastore "vmfs02" holds the port file of "web01"
      And "web01" has a network connection
      And "web01" has the same port as before
      And the event "com.vmware.vc.ha.VmRestartedByHAEvent" is posted for "web01"
      And "esx01" does not respond to vCenter
      And nothing else has changed
