// `garner schema`: the configuration's one description (settings/schema) as JSON Schema, for editors. What it accepts
// is a little more than garnerd does: references, files and what one key knows of another are `garner check`'s.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "command/commands.hpp"
#include "command/reading.hpp"
#include "settings/schema.hpp"

namespace garner {
namespace {

namespace json = boost::json;

json::string text(std::string_view words) { return json::string(words); }

json::object one(std::string_view key, json::value value) {
    json::object object;
    object[key] = std::move(value);
    return object;
}

// YAML's scalars: a name of digits needs no quotes.
json::object scalar() { return one("type", json::array{"string", "number", "boolean"}); }

json::object either(json::object first, json::object second) {
    return one("anyOf", json::array{std::move(first), std::move(second)});
}

json::object list_of(json::object item) {
    json::object list = one("type", "array");
    list["items"] = std::move(item);
    return list;
}

json::object map_of(json::object value) {
    json::object map = one("type", json::array{"object", "null"});
    map["additionalProperties"] = std::move(value);
    return map;
}

// As the file would say it: `5m`, `true`, `["*"]`.
json::value preset_of(const Key& key) {
    if (key.kind == KeyKind::duration || key.kind == KeyKind::size) return text(key.preset);
    boost::system::error_code error;
    json::value value = json::parse(key.preset, error);
    if (error) return text(key.preset);
    return value;
}

json::object section_schema(const Section& section);

json::object text_schema(const Key& key) {
    json::object schema = scalar();
    if (key.choices.empty() || key.any_case) return schema;
    json::array words;
    for (const std::string_view word : key.choices) words.push_back(text(word));
    schema["enum"] = std::move(words);
    return schema;
}

json::object texts_schema(const Key& key) { return either(text_schema(key), list_of(text_schema(key))); }

json::object whole_schema(const Key& key) {
    json::object schema = one("type", "integer");
    schema["minimum"] = key.least;
    if (key.most != std::numeric_limits<std::uint64_t>::max()) schema["maximum"] = key.most;
    return schema;
}

json::object pattern(std::string_view regular_expression) {
    json::object schema = one("type", "string");
    schema["pattern"] = text(regular_expression);
    return schema;
}

// A text, or a map of exactly one of the forms.
json::object secret_schema_json() {
    json::object forms = section_schema(secret_schema());
    forms["minProperties"] = 1;
    forms["maxProperties"] = 1;
    return either(scalar(), std::move(forms));
}

json::object free_map_schema(const Key& key) {
    json::object schema = one("type", json::array{"object", "null"});
    json::array reserved;
    for (const std::string_view word : key.reserved) reserved.push_back(text(word));
    if (!reserved.empty()) schema["propertyNames"] = one("not", one("enum", std::move(reserved)));
    return schema;
}

json::object value_schema(const Key& key) {
    switch (key.kind) {
        case KeyKind::boolean:
            return one("type", "boolean");
        case KeyKind::whole:
            return whole_schema(key);
        case KeyKind::duration:
            return pattern("^(?=[0-9])([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$");
        case KeyKind::size:
            return pattern("^[0-9]");
        case KeyKind::text:
            return text_schema(key);
        case KeyKind::texts:
            return texts_schema(key);
        case KeyKind::secret:
            return secret_schema_json();
        case KeyKind::section:
            return section_schema(*key.section);
        case KeyKind::named: {
            json::object schema = map_of(section_schema(*key.section));
            if (key.least > 0) schema["minProperties"] = key.least;
            return schema;
        }
        case KeyKind::named_lists:
            return map_of(list_of(section_schema(*key.section)));
        case KeyKind::text_map:
            return map_of(scalar());
        case KeyKind::selection:
            return either(texts_schema(key.section->keys.front()), section_schema(*key.section));
        case KeyKind::sections:
            return list_of(either(scalar(), section_schema(*key.section)));
        case KeyKind::free_map:
            return free_map_schema(key);
    }
    return {};
}

void add_keys(std::span<const Key> keys, json::object& properties, json::array& required) {
    for (const Key& key : keys) {
        if (!key.later.empty()) continue;
        json::object schema = value_schema(key);
        schema["description"] = text(key.doc);
        if (!key.preset.empty()) schema["default"] = preset_of(key);
        properties[key.name] = std::move(schema);
        if (key.required) required.push_back(text(key.name));
    }
}

json::object map_schema(std::span<const Key> keys, const Variant* variant) {
    json::object properties;
    json::array required;
    add_keys(keys, properties, required);
    if (variant != nullptr) {
        add_keys(variant->keys, properties, required);
        properties["type"].as_object()["const"] = text(variant->type);
    }
    json::object schema;
    if (required.empty())
        schema["type"] = json::array{"object", "null"};
    else
        schema["type"] = "object";
    schema["properties"] = std::move(properties);
    schema["patternProperties"] = one("^x-", json::object{});
    schema["additionalProperties"] = false;
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

json::object section_schema(const Section& section) {
    if (section.variants.empty()) return map_schema(section.keys, nullptr);
    json::array variants;
    for (const Variant& variant : section.variants)
        if (!variant.later) variants.push_back(map_schema(section.keys, &variant));
    return one("oneOf", std::move(variants));
}

}  // namespace

CommandExit print_schema(const Invocation& call) {
    json::object schema;
    schema["$schema"] = "http://json-schema.org/draft-07/schema#";
    schema["title"] = "Configuration of garner " GARNER_VERSION;
    for (auto& [key, value] : section_schema(configuration_schema())) schema[key] = value;
    print_json(call, schema);
    return CommandExit::fine;
}

}  // namespace garner
