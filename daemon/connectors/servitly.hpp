// Servitly: bulk data exports of a tenant. Facts: learn.servitly.com/apidocs.
#pragma once

#include <memory>

#include "connectors/connector.hpp"

namespace garner {

std::unique_ptr<Connector> make_servitly_connector(const SourceSettings&, ConnectorTools);

}  // namespace garner
