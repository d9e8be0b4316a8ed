// What Servitly, or whoever answers in its place, says.
#include "fuzz/connector_fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    SourceSettings source = fuzz::source_of(SourceType::servitly, "https://api.servitly.test");
    ServitlySettings servitly;
    ServitlyTenant& tenant = servitly.tenants["acme"];
    tenant.name = "acme";
    tenant.api_key = Secret(std::string(fuzz::secret));
    tenant.pat = Secret(std::string(fuzz::secret));
    source.vendor = std::move(servitly);
    return fuzz::try_connector(source, ServitlyExport(), fuzz::text_of(data, size));
}
