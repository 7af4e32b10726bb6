Feature: Port files lie beside the VMs that need them
  A host writes the state of each connected distributed port into a file on the datastore that holds the VM's working
  directory, so that another host can take the port over.

  Background:
    Given a cluster of three hosts
    And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"

  @VDS-03
  Rule: A datastore carries the folder ".dvsData" exactly when it holds the working directory of a VM on a distributed switch

    Example: The datastore with the VM's working directory carries the folder, the other one does not
      When the hosts synchronize their port files
      Then the datastore "vmfs01" has the folder ".dvsData"
      And the datastore "vmfs02" has no folder ".dvsData"
      And nothing else has changed

    @twin:standard-switch-only
    Example: A VM on a standard switch brings no folder
      Given the VM "web02" runs on "esx02" from the datastore "vmfs02", connected to the port group "VM Network"
      When the hosts synchronize their port files
      Then the datastore "vmfs02" has no folder ".dvsData"
      And "web02" has no distributed port
      And "web02" has a network connection
      And nothing else has changed

    @twin:extra-disk-only
    Example: A datastore that holds no more than an extra disk of the VM gets no folder
      When the operator adds a disk on the datastore "vmfs02" to "web01"
      And the hosts synchronize their port files
      Then the datastore "vmfs02" holds a disk of "web01"
      And the datastore "vmfs02" has no folder ".dvsData"
      And the datastore "vmfs01" holds the port file of "web01"
      And nothing else has changed

    @twin:last-vm-moved-away
    Example: The folder goes when the last such VM has moved away
      Given the hosts synchronize their port files
      And the operator powers off "web01"
      When the operator moves "web01" to the datastore "vmfs02"
      And the operator powers on "web01" through "vCenter"
      And the hosts synchronize their port files
      Then "web01" runs from the datastore "vmfs02"
      And the datastore "vmfs01" has no folder ".dvsData"
      And the datastore "vmfs02" holds the port file of "web01"
      And nothing else has changed

  @VDS-04
  Rule: The folder holds one folder for each switch, and in it one file for each connected port, refreshed every 5 minutes

    Example: Every connected port has its file, and the file is kept fresh
      Given the VM "web02" runs on "esx02" from the datastore "vmfs01", connected to the port group "production"
      When the hosts synchronize their port files
      Then the datastore "vmfs01" holds exactly the port files of "web01" and "web02"
      And the port file of "web01" is refreshed every "5" minutes
      And nothing else has changed

    @twin:second-switch
    Example: A second switch has a folder of its own
      Given a second distributed switch "dvs-test" with the static port group "testing"
      And the VM "web02" runs on "esx02" from the datastore "vmfs01", connected to the port group "testing"
      When the hosts synchronize their port files
      Then the datastore "vmfs01" holds exactly the port files of "web01" and "web02"
      And the port files of "web01" and "web02" lie in different switch folders
      And "esx02" has the switch "dvs-test"
      And nothing else has changed

    @twin:vnic-disconnected
    Example: The file of a disconnected vNIC goes
      Given the VM "web02" runs on "esx02" from the datastore "vmfs01", connected to the port group "production"
      And the hosts synchronize their port files
      When the operator disconnects the vNIC of "web01"
      And the hosts synchronize their port files
      Then "web01" has no network connection
      And the datastore "vmfs01" holds no port file of "web01"
      And the datastore "vmfs01" holds the port file of "web02"
      And nothing else has changed
