"""The doors of online shops: what is asked and answered at /shop/v1, and its description as OpenAPI.

messages     what is asked and answered, as pydantic models: they read requests and make the description
problem      what is refused, as RFC 9457 says it
gate         who asks, and how often
operations   what is done
openapi      the description, from the operations and their models
routes       the doors themselves
"""
