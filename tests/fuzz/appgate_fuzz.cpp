// What an Appgate controller, or whoever answers in its place, says.
#include "fuzz/connector_fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    SourceSettings source = fuzz::source_of(SourceType::appgate, "https://sdp.appgate.test:8443/admin");
    AppgateSettings appgate;
    appgate.username = "backup";
    appgate.password = Secret(std::string(fuzz::secret));
    source.vendor = std::move(appgate);
    return fuzz::try_connector(source, AppgateBackup{}, fuzz::text_of(data, size));
}
