// Appgate SDP: backups of appliances, through the Collective's controller, API versions 11 to 24.
#pragma once

#include <memory>

#include "connectors/connector.hpp"

namespace garner {

std::unique_ptr<Connector> make_appgate_connector(const SourceSettings&, ConnectorTools);

}  // namespace garner
