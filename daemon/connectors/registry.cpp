// Which file speaks for which vendor: one line each.
#include "connectors/connector.hpp"
#include "connectors/tulip.hpp"

namespace garner {

std::unique_ptr<Connector> make_connector(const SourceSettings& settings, HttpClient& http) {
    switch (settings.type) {
        case SourceType::tulip:
            return make_tulip_connector(settings, http);
    }
    return nullptr;
}

}  // namespace garner
