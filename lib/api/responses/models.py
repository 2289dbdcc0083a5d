"""The agents as the Responses API names them."""

from pydantic import BaseModel, Field


class ModelObject(BaseModel):
    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "lakechat"
    name: str = Field(description="For people. The API of OpenAI has neither this nor the next")
    description: str


class ModelList(BaseModel):
    object: str = "list"
    data: list[ModelObject]
