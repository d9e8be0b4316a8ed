// Which host this is, for vendors that want the same device id at every login from it.
#pragma once

#include <string>

namespace garner {

/// A UUID derived from /etc/machine-id, else from the host's name, which it does not disclose; empty where there is
/// neither.
std::string device_id_of_host();

}  // namespace garner
