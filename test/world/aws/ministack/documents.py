"""Gives MiniStack 1.5.33 what it lacks of Systems Manager: AWS::SSM::Document in CloudFormation, and GetDocument."""
import json

from ministack.core.responses import error_response_json, json_response
from ministack.services import ssm
from ministack.services.cloudformation import provisioners

kept = {}  # name -> properties of the resource
plain_request = ssm.handle_request


def create(logical_id, props, stack_name):
    name = props.get("Name") or "%s-%s" % (stack_name, logical_id)
    kept[name] = props
    return name, {}


def update(physical_id, _old, new, _stack_name):
    kept[physical_id] = new
    return physical_id, {}


def delete(physical_id, _props):
    kept.pop(physical_id, None)


def get_document(asked):
    props = kept.get(asked.get("Name"))
    if props is None:
        return error_response_json("InvalidDocument", "document %s does not exist" % asked.get("Name"), 400)
    content = props["Content"]
    return json_response({
        "Name": asked["Name"], "DocumentVersion": "1", "Status": "Active", "DocumentType": props.get("DocumentType", "Command"), "DocumentFormat": "JSON",
        "Content": content if isinstance(content, str) else json.dumps(content),
    })


async def handle_request(method, path, headers, body, query_params):
    if headers.get("x-amz-target", headers.get("X-Amz-Target", "")).endswith(".GetDocument"):
        return get_document(json.loads(body))
    return await plain_request(method, path, headers, body, query_params)


def install():
    provisioners._RESOURCE_HANDLERS["AWS::SSM::Document"] = {"create": create, "update": update, "delete": delete}
    ssm.handle_request = handle_request
